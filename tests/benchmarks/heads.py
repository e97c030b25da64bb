"""Do heads of the tiny ViT look at the filled shape?   python -m tests.benchmarks.heads

For each head, over 200 drawn pictures that no training saw: the share of its map inside the filled shape, and
how often its highest place lies there; beside both, the same map against the mask of the next picture, which
is the control. Then which share of the answers stay right without the head."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

import xai_core as xai
from xai_core import concepts
from xai_core.arrays import bilinear
from xai_core.concepts.switching import switched_off
from xai_core.inputs import shapes

MODEL, PICTURES = "tiny_vit_shapes", 200


def main() -> None:
    """Print a line for each head."""
    handle = xai.load_model(MODEL, device="cpu")
    drawn = [shapes.drawing(shapes.key_of(number)) for number in range(PICTURES)]
    images = [xai.ImageInput(one.pixels) for one in drawn]
    masks = np.stack([one.masks[0] for one in drawn])
    others = np.roll(masks, 1, 0)
    right = [shapes.LABELS.index(one.labels[0]) for one in drawn]
    rows = []
    for layer in concepts.head_layers(handle):
        for head in range(layer.channels):
            maps = concepts.unit_maps(handle, images, layer.key, head)
            fine = np.stack([bilinear(one, masks.shape[1:]) for one in maps])
            inside, control = (share(fine, one) for one in (masks, others))
            hit, hit_control = (hits(fine, one) for one in (masks, others))
            rows.append(
                (
                    layer.key,
                    head,
                    inside,
                    control,
                    hit,
                    hit_control,
                    accuracy(handle, images, right, layer, head),
                )
            )
    names = ["layer", "head", "inside", "inside by chance", "highest inside", "by chance", "right without it"]
    print(
        f"area of the shape {masks.mean():.3f}; right with every head {accuracy(handle, images, right):.3f}"
    )
    print(pd.DataFrame(rows, columns=names).round(3).to_string(index=False))


def share(maps: np.ndarray, masks: np.ndarray) -> float:
    """The mean share of a map's sum that lies in the mask."""
    return float(((maps * masks).sum((1, 2)) / maps.sum((1, 2))).mean())


def hits(maps: np.ndarray, masks: np.ndarray) -> float:
    """How often the highest place lies in the mask."""
    places = maps.reshape(len(maps), -1).argmax(1)
    return float(masks.reshape(len(masks), -1)[np.arange(len(maps)), places].mean())


def accuracy(
    handle: xai.ModelHandle, images: list, right: list[int], layer: object = None, head: int = 0
) -> float:
    """The share of right answers, without a head where a layer is given."""
    with handle.session() as net, torch.no_grad():
        x = torch.cat([handle.preprocess(image) for image in images])
        if layer is None:
            found = net(x)
        else:
            with switched_off(net, layer, [(head,)]):
                found = net(x)
    return float((found.argmax(1) == torch.tensor(right)).float().mean())


if __name__ == "__main__":
    main()
