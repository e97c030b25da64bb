"""LIME beside class activation maps over a set of pictures: one row for each picture.

    python -m xai_core.metrics.lime_study FOLDER [--model KEY] [--percent 20] [--samples 1000]
        [--out FILE.csv]

prints, for each picture, the IoU of what LIME highlights with what Grad-CAM, Score-CAM and Ablation-CAM
highlight, and how complex the picture is. The page "LIME and CAM" shows the same rows.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from ..engine.explain import explain_many
from ..inputs.images import load_image, pictures_in
from ..models import load_model
from ..network.handle import ModelHandle
from ..types import Explanation, ImageInput, InputError, IsCancelled, Request
from .agreement import highlighted, iou, spearman
from .complexity import complexity

CAMS = ("grad_cam", "score_cam", "ablation_cam")


def requests(
    lime: dict | None = None, target: int | None = None, cams: Iterable[str] = CAMS
) -> list[Request]:
    """What the study computes for one picture: LIME first, then the class activation maps."""
    return [Request("lime", target, None, lime or {}), *(Request(cam, target) for cam in cams)]


def row(
    name: str, view: np.ndarray, maps: list[Explanation], threshold: str = "top", percent: float = 20.0
) -> dict[str, object]:
    """One picture's line: class, probability, R^2 of LIME, IoU and rank correlation with each map,
    complexity.
    """
    lime, *cams = maps
    seen = highlighted(lime.upsampled(), threshold, percent)
    line: dict[str, object] = {
        "image": name,
        "class": lime.label,
        "probability": lime.probability,
        "lime_r2": lime.facts["r2"],
        "superpixels": int(lime.facts["superpixels"]),
    }
    for cam in cams:
        line[f"iou_{cam.method}"] = iou(seen, highlighted(cam.upsampled(), threshold, percent))
        line[f"rank_{cam.method}"] = spearman(lime.upsampled(), cam.upsampled())
    found = complexity(view)
    return line | {"edges": found.edges, "entropy": found.entropy, "regions": found.regions}


def over(
    handle: ModelHandle,
    pictures: Iterable[ImageInput],
    lime: dict | None = None,
    percent: float = 20.0,
    cancelled: IsCancelled | None = None,
) -> Iterator[dict[str, object]]:
    """The rows of several pictures, each explained for its own predicted class."""
    for picture in pictures:
        maps = explain_many(handle, picture, requests(lime), cancelled=cancelled)
        yield row(picture.name, handle.view(picture), maps, percent=percent)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m xai_core.metrics.lime_study", description=__doc__.split("\n")[0]
    )
    parser.add_argument("folder")
    parser.add_argument("--model", default="efficientnet_lite0")
    parser.add_argument("--percent", type=float, default=20.0, help="what counts as highlighted")
    parser.add_argument("--samples", type=int, default=1000, help="of LIME")
    parser.add_argument("--out", type=Path, help="write the table as CSV")
    options = parser.parse_args(arguments)
    try:
        files = pictures_in(options.folder)
        handle = load_model(options.model)
        pictures = (load_image(file) for file in files)
        rows = []
        for found in over(handle, pictures, {"samples": options.samples}, options.percent):
            rows.append(found)
            print(f"{len(rows)} of {len(files)}: {found['image']}", file=sys.stderr)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    table = pd.DataFrame(rows)
    with pd.option_context("display.width", 250, "display.max_columns", None, "display.precision", 3):
        print(table.to_string(index=False, float_format="{:.3f}".format))
        means = table.filter(like="iou_").mean()
        print("mean IoU  " + "  ".join(f"{name} {value:.3f}" for name, value in means.items()))
    if options.out:
        table.to_csv(options.out, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
