"""Gradient and perturbation methods side by side with Captum and lime, in one process, in turn, medians.

    python -m tests.benchmarks.methods [--only integrated_gradients,lime:resnet50] [--samples 1000] [--json
    FILE]

Each library is called as its documentation calls it. Then the app's allocator setting is made, for the whole
process, and ours is timed as the app runs it, and the library once more with that setting and the best of a
few batch sizes ("tuned"). The library's side is timed once, ours three times. Exact methods must agree to a
correlation of 0.999, those that draw their own random numbers to what their noise allows. Take the figures on
a quiet machine."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

import xai_core as xai
from xai_core.inputs import superpixels as regions
from xai_core.network.batches import keep_freed_memory

from . import peer
from .report import Row, correlation, difference, seconds, several, table, write_json

CLASS = 281
RESULTS = Path(__file__).parent / "results" / "methods.json"
NETWORKS = ("efficientnet_lite0", "resnet50", "vgg16")
TUNED = {"efficientnet_lite0": (1, 4, 8)}  # batch sizes; of the larger networks these two
TUNED_LARGE = (4, 8)
TUNED_TARGETS = {"occlusion": 2.5}
SAMPLED = ("lime", "kernel_shap")
_WANTED = {  # of each network in turn
    "integrated_gradients": (5, 4, 2.5),
    "smooth_grad": (5, 4, 2.5),
    "occlusion": (6, 3.5, 8),
    "lime": (3.7, 1.5, 1.3),
    "kernel_shap": (2, 1.4, 1.3),
}
TARGETS = {
    (method, key): target
    for method, targets in _WANTED.items()
    for key, target in zip(NETWORKS, targets, strict=True)
}
NOISY = {"smooth_grad": 0.5, "lime": 0.8, "kernel_shap": 0.5}  # least correlation where random numbers differ


class Bench:
    """One network: our handle, the libraries' own copy, the picture, its superpixels."""

    def __init__(self, key: str, samples: int, every: int, rounds: int):
        weights = "pretrained" if key == "efficientnet_lite0" else "random"
        self.key, self.samples, self.every, self.rounds = key, samples, every, rounds
        self.handle = xai.load_model(key, device="cpu", weights=weights)
        self.name = key if weights == "pretrained" else f"{key} (random)"
        self.image = xai.load_sample("chelsea")
        self.x = self.handle.preprocess(self.image).contiguous()  # as ToTensor and torch.stack make it
        self.view = np.array(self.handle.view(self.image))
        self.segments = regions.segment(self.view, "slic", 50)
        with self.handle.session() as net:
            self.net = peer.own_copy(net)
        xai.explain(self.handle, self.image, "occlusion", CLASS, window=56, stride=56)  # what is made once

    def ours(self, method: str, **params: object) -> np.ndarray:
        e = xai.explain(self.handle, self.image, method, CLASS, **params)
        if method != "occlusion":
            return e.upsampled()
        return np.kron(e.heatmap, np.ones((8, 8)))  # the library's map is constant on each window


def _abs(found: torch.Tensor) -> np.ndarray:
    return found.abs().sum(1)[0].detach().numpy()


def integrated_gradients(b: Bench, batch: int | None) -> np.ndarray:
    from captum.attr import IntegratedGradients

    tool = IntegratedGradients(b.net)
    return _abs(tool.attribute(b.x, _black(b), target=CLASS, n_steps=50, internal_batch_size=batch))


def _black(b: Bench) -> torch.Tensor:
    return regions.baseline(b.x, "black", b.handle.grid, torch.Generator())


def smooth_grad(b: Bench, batch: int | None) -> np.ndarray:
    from captum.attr import NoiseTunnel, Saliency

    tunnel = NoiseTunnel(Saliency(b.net))
    found = tunnel.attribute(
        b.x.clone(),
        nt_type="smoothgrad",
        nt_samples=50,
        nt_samples_batch_size=batch,
        stdevs=0.1,
        target=CLASS,
        abs=False,
    )
    return _abs(found)


def occlusion(b: Bench, batch: int | None) -> np.ndarray:
    """A part of the windows goes through FeatureAblation, of which Occlusion is the case of all windows."""
    from captum.attr import FeatureAblation, Occlusion

    common = {"baselines": _black(b), "target": CLASS, "perturbations_per_eval": batch or 1}
    if b.every == 1:
        found = Occlusion(b.net).attribute(b.x, (3, 8, 8), strides=(3, 8, 8), **common)
    else:
        found = FeatureAblation(b.net).attribute(b.x, feature_mask=_some_windows(b), **common)
    return found[0, 0].detach().numpy()


def _some_windows(b: Bench) -> torch.Tensor:
    """int64 (1, 1, H, W): 1, 2, ... in one window of 8 pixels in every^2, 0 elsewhere."""
    height, width = b.x.shape[2:]
    rows, columns = (np.arange(size) // 8 for size in (height, width))
    chosen = (rows % b.every == 0)[:, None] & (columns % b.every == 0)[None]
    across = -(-width // (8 * b.every))
    numbers = (rows // b.every)[:, None] * across + (columns // b.every)[None] + 1
    return torch.from_numpy(np.where(chosen, numbers, 0))[None, None]


def kernel_shap(b: Bench, batch: int | None) -> np.ndarray:
    from captum.attr import KernelShap

    hidden = regions.segment_means(b.x, torch.from_numpy(b.segments)[None])
    found = KernelShap(b.net).attribute(
        b.x,
        hidden,
        target=CLASS,
        feature_mask=torch.from_numpy(b.segments)[None, None],
        n_samples=b.samples,
        perturbations_per_eval=batch or 1,
    )
    return found[0, 0].detach().numpy()


def lime(b: Bench, batch: int | None) -> np.ndarray:
    """The library with its own quickshift as called by default; tuned, with our superpixels."""
    from lime import lime_image

    def classify(pictures: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(np.asarray(pictures)).permute(0, 3, 1, 2).contiguous().float() / 255
        mean, std = (torch.tensor(v).view(3, 1, 1) for v in (b.handle.grid.mean, b.handle.grid.std))
        with torch.no_grad():
            return b.net((x - mean) / std).softmax(1).numpy()

    options = {} if batch is None else {"batch_size": batch, "segmentation_fn": lambda _: b.segments}
    explainer = lime_image.LimeImageExplainer(random_state=0)
    found = explainer.explain_instance(
        b.view, classify, labels=(CLASS,), top_labels=None, num_samples=b.samples, **options
    )
    weights = dict(found.local_exp[CLASS])
    return np.vectorize(lambda label: weights.get(label, 0.0))(found.segments)


LIBRARY: dict[str, Callable[[Bench, int | None], np.ndarray]] = {
    "integrated_gradients": integrated_gradients,
    "smooth_grad": smooth_grad,
    "occlusion": occlusion,
    "lime": lime,
    "kernel_shap": kernel_shap,
}
OURS = {"lime": {"score": "probability"}}


def row(method: str, b: Bench, default: float) -> Row:
    """Ours three times, the library once at its best batch size; `default` is its time as it comes."""
    params = dict(OURS.get(method, {})) | ({"samples": b.samples} if method in SAMPLED else {})
    mine, a = several(lambda: b.ours(method, **params), b.rounds)
    results: dict[int, np.ndarray] = {}
    times: dict[int, float] = {}
    for batch in TUNED.get(b.key, TUNED_LARGE) if b.rounds > 1 else TUNED_LARGE[-1:]:
        times[batch] = seconds(lambda batch=batch: results.update({batch: LIBRARY[method](b, batch)}))
    best = min(times, key=times.get)
    other, scale = results[best], 1.0
    if method == "occlusion" and b.every > 1:  # one window in every^2, where the library's map is not zero
        a, other = (values[:: 8 * b.every, :: 8 * b.every] for values in (a, other))
        scale = (b.x.shape[2] // 8) * (b.x.shape[3] // 8) / a.size
    made = Row(
        method,
        b.name,
        mine,
        scale * default,
        correlation(a, other),
        TARGETS.get((method, b.key)),
        difference(a, other),
        scale * times[best] / mine,
        TUNED_TARGETS.get(method, 1.0),
        needed=_needed(method, b.samples),
    )
    made.notes += ["library timed once", f"tuned: batches of {best}"]
    if scale != 1:
        made.notes.append(f"library scaled from {a.size} windows")
    if method in SAMPLED and b.samples != 1000:
        made.notes.append(f"{b.samples} samples, too few for maps of other random numbers to be compared")
    return made


def _needed(method: str, samples: int) -> float | None:
    """The least correlation; None with few samples, when two draws of other random numbers need not agree."""
    return None if method in SAMPLED and samples < 1000 else NOISY.get(method, 0.999)


def rows(only: list[str], samples: int, every: int, rounds: int) -> Iterator[Row]:
    benches, defaults = {}, {}
    for key in NETWORKS:
        for method in LIBRARY:
            if any(word in (method, f"{method}:{key}") for word in only):
                b = benches[key] = benches.get(key) or Bench(key, samples, every, rounds)
                defaults[key, method] = seconds(lambda b=b, method=method: LIBRARY[method](b, None))
    keep_freed_memory()  # cannot be undone, so the libraries as they come were first
    for (key, method), default in defaults.items():
        yield row(method, benches[key], default)


def main() -> int:
    """Run the rows asked for; 1 if a map disagrees."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.methods", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(LIBRARY), help="methods, or method:network")
    parser.add_argument("--samples", type=int, default=1000, help="of lime and kernel_shap")
    parser.add_argument(
        "--every",
        type=int,
        default=1,
        help="library's occlusion: one row and column of windows in so many; 3 or 9",
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="of ours; with 1 the library has one batch size"
    )
    parser.add_argument("--json", type=Path, default=RESULTS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    done: list[Row] = []
    for found in rows(options.only.split(","), options.samples, options.every, options.rounds):
        done.append(found)
        print(
            f"{found.work}, {found.network}: {found.ratio:.3g} {found.verdict}", file=sys.stderr, flush=True
        )
    print(table(done))
    write_json(options.json, done, {"samples": options.samples})
    return 0 if all(found.agrees for found in done) else 1


if __name__ == "__main__":
    sys.exit(main())
