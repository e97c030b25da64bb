"""Part 2: occlusion. A square of the picture is hidden; the map is by how much the class's logit falls."""

from __future__ import annotations

import numpy as np

from ... import functional
from ...engine.explain import explain_many
from ...types import Request
from .._recipe import Bench, Found, Step, Task, Values, each_picture, first_picture
from ..drawing import map_tile, scale_of
from ..outcome import Figure, Outcome, Table, Tile
from ._shared import BASELINES, STAND_IN, asks, baseline_of, label_of, target_of

SIZES = ("4", "8", "16")


def at_size(bench: Bench, step: Step) -> Values:
    """The map of one picture with squares of `step.part` pixels before black."""
    side, target = int(step.part), target_of(bench, step.picture)
    params = {"window": side, "stride": side, "baseline": bench["baseline"]}
    request = Request("occlusion", target, None, params)
    image = bench.image(step.picture)
    (e,) = explain_many(bench.handle, image, [request], cancelled=bench.cancelled)
    return {"map": e.heatmap, "target": np.array(target), "probability": np.array(e.probability)}


def before(bench: Bench, step: Step) -> Values:
    """The map of one picture with squares of one size before the baseline `step.part`, and that baseline as
    pixels."""
    target = target_of(bench, step.picture)
    with bench.handle.session() as net:
        x = bench.handle.preprocess(bench.image(step.picture))
        b = baseline_of(bench, x, step.part)
        found = functional.occlusion(x, net, [target], b, bench["superpixel"])[0]
    pixels = bench.handle.grid.pixels(b)[0].permute(1, 2, 0).round().clamp(0, 255)
    return {
        "map": found.cpu().numpy(),
        "baseline": pixels.cpu().numpy().astype(np.uint8),
        "target": np.array(target),
    }


def _squares(bench: Bench, step: Step) -> float:
    height, width = bench.handle.input_size
    side = int(step.part) if step.part in SIZES else bench["superpixel"]
    return -(-height // side) * -(-width // side)


def conclude_maps(bench: Bench, found: Found) -> Outcome:
    """A row for each picture: the picture, and its map."""
    tiles, rows = [], list[tuple[str, str, float, float]]()
    for step, values in found.items():
        view, label = bench.view(step.picture), label_of(bench, int(values["target"]))
        name = bench.examples[step.picture].name
        tiles += [Tile(view, name), map_tile(view, values["map"], label)]
        rows.append((name, label, float(values["probability"]), float(values["map"].max())))
    caption = "Pictures and their occlusion maps, squares of 8 pixels before black."
    columns = ("picture", "class", "probability", "largest fall of the logit")
    return Outcome(
        (
            Figure("2a", caption, tuple(tiles)),
            Table("2a", "The square that matters most.", columns, tuple(rows)),
        )
    )


def conclude_sizes(bench: Bench, found: Found) -> Outcome:
    """The picture and its maps by size, each on its own scale, and what one square does at most."""
    number = next(iter(found)).picture
    view = bench.view(number)
    tiles = [Tile(view, bench.examples[number].name)]
    rows = []
    for step, values in found.items():
        tiles.append(map_tile(view, values["map"], f"squares of {step.part} pixels"))
        rows.append((f"{step.part} pixels", values["map"].size, float(values["map"].max())))
    caption = "Occlusion with squares of 4, 8 and 16 pixels before black, each map on its own scale."
    table = Table(
        "2b",
        "The most that one square does.",
        ("squares of", "squares", "largest fall of the logit"),
        tuple(rows),
    )
    return Outcome((Figure("2b", caption, tuple(tiles)), table))


def conclude_baselines(bench: Bench, found: Found) -> Outcome:
    """Above the baselines, below the maps on one scale."""
    scale = scale_of([values["map"] for values in found.values()], signed=True)
    steps = list(found.items())
    view = bench.view(steps[0][0].picture)
    above = [Tile(values["baseline"], step.part) for step, values in steps]
    below = [map_tile(view, values["map"], step.part, scale, signed=True) for step, values in steps]
    caption = (
        f"What stands in for a hidden square of {bench['superpixel']} pixels, and the maps, on one scale. "
        "Red squares raise the logit, blue ones lower it."
    )
    return Outcome((Figure("2c", caption, (*above, *below), across=len(steps)),))


TASKS = (
    Task(
        "2a",
        "Occlusion",
        "Squares of 8 pixels are replaced by black, one at a time; the map is the fall of the logit.",
        asks(baseline="black"),
        STAND_IN,
        each_picture("8"),
        at_size,
        conclude_maps,
        "x = handle.preprocess(image)\n"
        "with handle.session() as net:\n"
        "    black = handle.grid.normalise(0 * x)\n"
        "    xai.functional.occlusion(x, net, [target], black, superpixel_size=8)",
        questions=("Which parts of each picture does the network go by?",),
        passes=_squares,
        limit=2,
    ),
    Task(
        "2b",
        "Superpixels of 4, 8 and 16 pixels",
        "The same map with smaller and larger squares.",
        asks(baseline="black"),
        STAND_IN,
        first_picture(*SIZES),
        at_size,
        conclude_sizes,
        "for side in (4, 8, 16):\n"
        '    xai.explain(handle, image, "occlusion", target, window=side, stride=side, baseline="black")',
        questions=("What is lost with large squares, and what with small ones?",),
        passes=_squares,
    ),
    Task(
        "2c",
        "Black, white and blurred baselines",
        "The same map before other baselines: what stands in for the hidden square.",
        asks(superpixel=16),
        STAND_IN,
        first_picture(*BASELINES),
        before,
        conclude_baselines,
        "x = handle.preprocess(image)\n"
        "blurred = xai.inputs.superpixels.gaussian_blur(x, 10.0)\n"
        "with handle.session() as net:\n"
        '    xai.functional.occlusion(x, net, [target], blurred, superpixel_size=parameters["superpixel"])',
        questions=("How does the map depend on the baseline, and which one would you choose?",),
        passes=_squares,
    ),
)
