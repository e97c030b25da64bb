"""Why Grad-CAM and LeGrad miss the shape on the tiny ViT, and FullGrad on the tiny CNN.

    python -m tests.benchmarks.misses [--pictures N]

One thing is changed at a time, on drawn pictures with one filled shape: the share of maps whose maximum lies
inside its box, and the share of the positive map inside it. HiResCAM is Grad-CAM without the average of the
gradients over all tokens, at the same layers. LeGrad is taken as it is, multiplied by the attention, and of
the last block alone. FullGrad is taken as it is, without its absolute values and its scaling, and of the
biases of one stage alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
import torch
from torch.nn import functional as F

import xai_core as xai
from tests.benchmarks.shapes import measured
from xai_core.datasets import Example, open_dataset
from xai_core.methods import legrad as module
from xai_core.methods.full_grad import _rescaled as rescaled
from xai_core.methods.full_grad import spatial_biases
from xai_core.network.capture import capture

LAYERS = ("blocks.2.norm1", "blocks.3.norm1")
FULL_GRADS = {
    "FullGrad": ("", False),
    "FullGrad, signs kept": ("", True),
    "FullGrad, biases of layer1 alone": ("layer1", False),
    "FullGrad, biases of layer4 alone": ("layer4", False),
}
LEGRADS = {"LeGrad": (False, False), "LeGrad x attention": (True, False), "LeGrad, last block": (False, True)}


def variant(times_attention: bool, last_alone: bool) -> Any:
    """LeGrad with one thing changed."""

    def run(attention: Any, score: Any, facts: Any = None) -> torch.Tensor:
        sites, outputs = attention.sites, attention.outputs
        by_tokens = module.token_gradients(
            attention.net, attention.x, sites, outputs, score, attention.logits
        )
        blocks = list(zip(sites.blocks, attention.weights, outputs, by_tokens, strict=True))
        maps = []
        for site, weights, output, by in blocks[-1:] if last_alone else blocks:
            (found,) = module.gradients(output, [weights], by)
            kept = found.clamp(min=0) * (weights if times_attention else 1.0)
            maps.append(module.patches_of(module.on_grid(kept.mean(1).sum(1) / site.tokens, site), site))
        return torch.stack(maps).mean(0)

    return run


def full_grad_variant(stage: str, signed: bool) -> Any:
    """FullGrad of the biases below the module `stage` alone ("": of all, and of the input), with the absolute
    values and the scaling of each channel, or without them."""

    def run(net: Any, x: torch.Tensor, score: Any, facts: Any = None) -> torch.Tensor:
        biases = {key: bias for key, bias in spatial_biases(net).items() if key.startswith(stage)}
        inputs = x.detach().clone().requires_grad_()
        with torch.enable_grad():
            found = capture(net, inputs, list(biases), biases, strict=False)
            (by_input,) = torch.autograd.grad(score(found.logits).sum(), inputs, retain_graph=True)
            by_output = found.gradients(score)
        terms = [by_output[key] * bias.view(1, -1, 1, 1) for key, bias in biases.items()]
        terms += [] if stage else [by_input * x]
        maps = [(term if signed else rescaled(term.abs())).sum(1, keepdim=True) for term in terms]
        sized = [F.interpolate(one, x.shape[2:], mode="bilinear", align_corners=False) for one in maps]
        return torch.cat(sized, 1).sum(1)

    return run


def shares(handle: xai.ModelHandle, examples: Sequence[Example], methods: Sequence[str]) -> pd.DataFrame:
    """Pointing and energy of each method."""
    return pd.DataFrame(measured(handle, examples, methods)).set_index("method")[["pointing", "energy"]]


def changed(
    handle: xai.ModelHandle, examples: Sequence[Example], method: str, name: str, run: Any
) -> pd.DataFrame:
    """Pointing and energy of a method whose computation is replaced by `run`, under another name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(xai.METHODS[method].__dict__, "run", run)
        return shares(handle, examples, [method]).rename(index={method: name})


def main() -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.misses", description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=500)
    options = parser.parse_args()
    handle = xai.load_model("tiny_vit_shapes", "cpu")
    examples = open_dataset("shapes", handle.labels).examples[: options.pictures]
    cams = [f"{method}@{layer}" for layer in LAYERS for method in ("grad_cam", "hires_cam")]
    found = [shares(handle, examples, cams)]
    for name, changes in LEGRADS.items():
        found.append(changed(handle, examples, "legrad", name, variant(*changes)))
    handle = xai.load_model("tiny_cnn_shapes", "cpu")
    for name, part in FULL_GRADS.items():
        found.append(changed(handle, examples, "full_grad", name, full_grad_variant(*part)))
    print(pd.concat(found).round(2).to_string())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
