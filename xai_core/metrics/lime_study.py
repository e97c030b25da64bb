"""LIME beside class activation maps over a set of pictures: one row for each picture.

A row holds the IoU of what LIME highlights with what Grad-CAM, Score-CAM and Ablation-CAM highlight, and how
complex the picture is. The page "LIME and CAM" shows the same rows. The command is `saliency-lab lime-study`,
also `python -m xai_core.metrics.lime_study`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from ..command_line import CommandParser, Pictures, guarded, number, print_table, say
from ..engine.explain import explain_many
from ..inputs.images import pictures_in
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


def parser_for(prog: str) -> CommandParser:
    """The parser of the command's arguments."""
    parser = CommandParser(
        prog,
        "Compare what LIME highlights with what Grad-CAM, Score-CAM and Ablation-CAM highlight, for each "
        "picture of a folder and its predicted class.",
        "photos --samples 500 --out lime.csv",
        (
            "Printed: a row for each picture, and the mean IoU of each method with LIME.",
            "FILE has the same rows: image, class, probability, lime_r2 (how well LIME's linear model fits), "
            "superpixels, IoU and rank correlation with each method, edges, entropy and regions of the "
            "picture.",
        ),
    )
    parser.add_argument("folder", help="pictures")
    parser.add_argument(
        "--percent",
        type=number(0, 100),
        default=20.0,
        metavar="P",
        help="how much of the picture counts as highlighted, in per cent",
    )
    parser.add_number("--samples", 1000, "perturbed pictures that LIME fits its linear model to", 1)
    parser.add_model()
    parser.add_out("write the table as CSV")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "python -m xai_core.metrics.lime_study") -> int:
    """The command; its exit code."""
    return guarded(_run, parser_for(prog).parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    pictures = Pictures(pictures_in(options.folder))
    handle = load_model(options.model)
    rows = []
    for found in over(handle, pictures, {"samples": options.samples}, options.percent):
        rows.append(found)
        say(f"{len(rows)} of {len(pictures)}: {found['image']}")
    if not rows:
        raise InputError(f"No picture of the folder {options.folder!r} can be read.")
    table = pd.DataFrame(rows)
    print_table(table)
    means = table.filter(like="iou_").mean()
    print("mean IoU  " + "  ".join(f"{name} {value:.3f}" for name, value in means.items()))
    if options.out:
        table.to_csv(options.out, index=False)
    return pictures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
