"""Why Grad-CAM and LeGrad miss the shape on the tiny ViT: one thing is changed at a time.

    python -m tests.benchmarks.tokens [--pictures N]

On drawn pictures with one filled shape: the share of maps whose maximum lies inside its box, and the share of
the positive map inside it. HiResCAM is Grad-CAM without the average of the gradients over all tokens, at the
same layers. LeGrad is taken as it is, multiplied by the attention, and of the last block alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
import torch

import xai_core as xai
from tests.benchmarks.shapes import measured
from xai_core.datasets import Example, open_dataset
from xai_core.methods import legrad as module

LAYERS = ("blocks.2.norm1", "blocks.3.norm1")
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


def shares(handle: xai.ModelHandle, examples: Sequence[Example], methods: Sequence[str]) -> pd.DataFrame:
    """Pointing and energy of each method."""
    return pd.DataFrame(measured(handle, examples, methods)).set_index("method")[["pointing", "energy"]]


def main() -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.tokens", description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=500)
    options = parser.parse_args()
    handle = xai.load_model("tiny_vit_shapes", "cpu")
    examples = open_dataset("shapes", handle.labels).examples[: options.pictures]
    cams = [f"{method}@{layer}" for layer in LAYERS for method in ("grad_cam", "hires_cam")]
    found = [shares(handle, examples, cams)]
    for name, changes in LEGRADS.items():
        with pytest.MonkeyPatch.context() as patch:
            spec = xai.METHODS["legrad"]
            patch.setitem(spec.__dict__, "run", variant(*changes))
            found.append(shares(handle, examples, ["legrad"]).rename(index={"legrad": name}))
    print(pd.concat(found).round(2).to_string())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
