"""Captum and lime, called as their documentation calls them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

import xai_core as xai
from xai_core.inputs import superpixels as regions

from .networks import TARGET_CLASS as CLASS
from .networks import Bench


class MethodBench(Bench):
    """With the settings of a run, and the picture's superpixels."""

    def __init__(self, key: str, samples: int, every: int, rounds: int):
        super().__init__(key)
        self.samples, self.every, self.rounds = samples, every, rounds
        self.view = np.array(self.handle.view(self.image))
        self.segments = regions.segment(self.view, "slic", 50)
        xai.explain(self.handle, self.image, "occlusion", CLASS, window=56, stride=56)  # what is made once

    def ours(self, method: str, **params: object) -> np.ndarray:
        e = xai.explain(self.handle, self.image, method, CLASS, **params)
        if method != "occlusion":
            return e.upsampled()
        return np.kron(e.heatmap, np.ones((8, 8)))  # the library's map is constant on each window


def _abs(found: torch.Tensor) -> np.ndarray:
    return found.abs().sum(1)[0].detach().numpy()


def integrated_gradients(b: MethodBench, batch: int | None) -> np.ndarray:
    from captum.attr import IntegratedGradients

    tool = IntegratedGradients(b.net)
    return _abs(tool.attribute(b.x, _black(b), target=CLASS, n_steps=50, internal_batch_size=batch))


def _black(b: MethodBench) -> torch.Tensor:
    return regions.baseline(b.x, "black", b.handle.grid, torch.Generator())


def smooth_grad(b: MethodBench, batch: int | None) -> np.ndarray:
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


def occlusion(b: MethodBench, batch: int | None) -> np.ndarray:
    """A part of the windows goes through FeatureAblation, of which Occlusion is the case of all windows."""
    from captum.attr import FeatureAblation, Occlusion

    common = {"baselines": _black(b), "target": CLASS, "perturbations_per_eval": batch or 1}
    if b.every == 1:
        found = Occlusion(b.net).attribute(b.x, (3, 8, 8), strides=(3, 8, 8), **common)
    else:
        found = FeatureAblation(b.net).attribute(b.x, feature_mask=_some_windows(b), **common)
    return found[0, 0].detach().numpy()


def _some_windows(b: MethodBench) -> torch.Tensor:
    """int64 (1, 1, H, W): 1, 2, ... in one window of 8 pixels in every^2, 0 elsewhere."""
    height, width = b.x.shape[2:]
    rows, columns = (np.arange(size) // 8 for size in (height, width))
    chosen = (rows % b.every == 0)[:, None] & (columns % b.every == 0)[None]
    across = -(-width // (8 * b.every))
    numbers = (rows // b.every)[:, None] * across + (columns // b.every)[None] + 1
    return torch.from_numpy(np.where(chosen, numbers, 0))[None, None]


def kernel_shap(b: MethodBench, batch: int | None) -> np.ndarray:
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


def lime(b: MethodBench, batch: int | None) -> np.ndarray:
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


LIBRARY: dict[str, Callable[[MethodBench, int | None], np.ndarray]] = {
    "integrated_gradients": integrated_gradients,
    "smooth_grad": smooth_grad,
    "occlusion": occlusion,
    "lime": lime,
    "kernel_shap": kernel_shap,
}
