"""Captum and lime, called as their documentation calls them, and the loop of RISE's authors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

import xai_core as xai
from xai_core.inputs import superpixels as regions
from xai_core.methods._soft_masks import soft_cells, soft_masks

from .networks import TARGET_CLASS as CLASS
from .networks import Bench


class MethodBench(Bench):
    """With the settings of a run, and the picture's superpixels."""

    def __init__(self, key: str, samples: int, every: int, rounds: int, device: str = "cpu"):
        super().__init__(key, device)
        self.samples, self.every, self.rounds = samples, every, rounds
        self.view = np.array(self.handle.view(self.image))
        self.segments = regions.segment(self.view, "slic", 50)
        xai.explain(self.handle, self.image, "occlusion", CLASS, window=56, stride=56)  # what is made once

    def ours(self, method: str, **params: object) -> np.ndarray:
        e = xai.explain(self.handle, self.image, method.removesuffix("_equal"), CLASS, **params)
        if method != "occlusion":
            return e.upsampled()
        return np.kron(e.heatmap, np.ones((8, 8)))  # the library's map is constant on each window


def _abs(found: torch.Tensor) -> np.ndarray:
    return found.abs().sum(1)[0].detach().cpu().numpy()


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
    return found[0, 0].detach().cpu().numpy()


def _some_windows(b: MethodBench) -> torch.Tensor:
    """int64 (1, 1, H, W): 1, 2, ... in one window of 8 pixels in every^2, 0 elsewhere."""
    height, width = b.x.shape[2:]
    rows, columns = (np.arange(size) // 8 for size in (height, width))
    chosen = (rows % b.every == 0)[:, None] & (columns % b.every == 0)[None]
    across = -(-width // (8 * b.every))
    numbers = (rows // b.every)[:, None] * across + (columns // b.every)[None] + 1
    return torch.from_numpy(np.where(chosen, numbers, 0))[None, None].to(b.x.device)


def kernel_shap(b: MethodBench, batch: int | None) -> np.ndarray:
    from captum.attr import KernelShap

    segments = torch.from_numpy(b.segments)[None].to(b.x.device)
    hidden = regions.segment_means(b.x, segments)
    found = KernelShap(b.net).attribute(
        b.x,
        hidden,
        target=CLASS,
        feature_mask=segments[None],
        n_samples=b.samples,
        perturbations_per_eval=batch or 1,
    )
    return found[0, 0].detach().cpu().numpy()


def lime(b: MethodBench, batch: int | None) -> np.ndarray:
    """The library with its own quickshift as called by default; tuned, with our superpixels."""
    from lime import lime_image

    def classify(pictures: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(np.asarray(pictures)).permute(0, 3, 1, 2).contiguous().float() / 255
        mean, std = (torch.tensor(v).view(3, 1, 1) for v in (b.handle.grid.mean, b.handle.grid.std))
        with torch.no_grad():
            return b.net(((x - mean) / std).to(b.x.device)).softmax(1).cpu().numpy()

    options = {} if batch is None else {"batch_size": batch, "segmentation_fn": lambda _: b.segments}
    explainer = lime_image.LimeImageExplainer(random_state=0)
    found = explainer.explain_instance(
        b.view, classify, labels=(CLASS,), top_labels=None, num_samples=b.samples, **options
    )
    weights = dict(found.local_exp[CLASS])
    return np.vectorize(lambda label: weights.get(label, 0.0))(found.segments)


def rise(b: MethodBench, batch: int | None) -> np.ndarray:
    """The loop of RISE's authors, which is in no library: batches of 100 masked pictures, each map a sum of
    masks weighted by the probabilities. The masks are ours, drawn at once, so that the maps can be equal."""
    masks = 2 * b.samples
    cells, shifts = soft_cells(masks, 7, 0.5, "pairs", torch.Generator().manual_seed(0))
    every = soft_masks(cells.to(b.x), shifts, (b.x.shape[2], b.x.shape[3]))
    black, scores = _black(b), []
    with torch.no_grad():
        for start in range(0, masks, batch or 100):
            part = every[start : start + (batch or 100)]
            scores.append(b.net(part * b.x + (1 - part) * black).softmax(1)[:, CLASS])
    return (torch.cat(scores) @ every.flatten(1)).view(every.shape[2:]).cpu().numpy() / (masks * 0.5)


LIBRARY: dict[str, Callable[[MethodBench, int | None], np.ndarray]] = {
    "integrated_gradients": integrated_gradients,
    "smooth_grad": smooth_grad,
    "occlusion": occlusion,
    "lime": lime,
    "lime_equal": lime,
    "kernel_shap": kernel_shap,
    "rise": rise,
}
