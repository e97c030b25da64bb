"""Part 3: vanilla gradients, SmoothGrad and integrated gradients, with the homework's own signatures."""

from __future__ import annotations

import numpy as np

from ... import functional
from .._recipe import Bench, Found, Step, Task, Values, each_picture, first_picture
from ..drawing import map_tile
from ..outcome import Figure, Outcome, Tile
from ._shared import BASELINES, STAND_IN, asks, baseline_of, label_of, target_of

SIGMAS = ("0.1", "0.2", "0.5", "1")  # in the units of the normalised picture


def vanilla(bench: Bench, step: Step) -> Values:
    """sum_c |ds/dx_c| of one picture."""
    target = target_of(bench, step.picture)
    with bench.handle.session() as net:
        x = bench.handle.preprocess(bench.image(step.picture))
        found = functional.vanilla_gradients(x, net, [target])[0]
    return {"map": found.cpu().numpy(), "target": np.array(target)}


def smoothed(bench: Bench, step: Step) -> Values:
    """SmoothGrad of one picture with noise of the standard deviation `step.part`."""
    target = target_of(bench, step.picture)
    with bench.handle.session() as net:
        x = bench.handle.preprocess(bench.image(step.picture))
        found = functional.smoothgrad(x, net, [target], bench["samples"], float(step.part))[0]
    return {"map": found.cpu().numpy(), "target": np.array(target)}


def integrated(bench: Bench, step: Step) -> Values:
    """Integrated gradients of one picture from the baseline `step.part`."""
    target = target_of(bench, step.picture)
    with bench.handle.session() as net:
        x = bench.handle.preprocess(bench.image(step.picture))
        b = baseline_of(bench, x, step.part)
        found = functional.integrated_gradients(x, net, [target], b, bench["steps"])[0]
    return {"map": found.cpu().numpy(), "target": np.array(target)}


def _of_pictures(key: str, what: str, bench: Bench, found: Found) -> Outcome:
    """Each picture beside its map."""
    tiles = []
    for step, values in found.items():
        view = bench.view(step.picture)
        tiles.append(Tile(view, bench.examples[step.picture].name))
        tiles.append(map_tile(view, values["map"], label_of(bench, int(values["target"]))))
    return Outcome((Figure(key, f"Pictures and their maps: {what}.", tuple(tiles)),))


def _of_parts(key: str, what: str, words: str, bench: Bench, found: Found) -> Outcome:
    """The picture, and a map for each part."""
    steps = list(found.items())
    view = bench.view(steps[0][0].picture)
    first = Tile(view, bench.examples[steps[0][0].picture].name)
    tiles = [map_tile(view, values["map"], words.format(step.part)) for step, values in steps]
    return Outcome((Figure(key, what, (first, *tiles), across=min(len(steps) + 1, 5)),))


def conclude_vanilla(bench: Bench, found: Found) -> Outcome:
    """Figure 3a."""
    return _of_pictures("3a", "the size of the logit's gradient", bench, found)


def conclude_smoothed(bench: Bench, found: Found) -> Outcome:
    """Figure 3b."""
    caption = f"SmoothGrad over {bench['samples']} noisy copies, by the noise's standard deviation."
    return _of_parts("3b", caption, "noise of {}", bench, found)


def conclude_integrated(bench: Bench, found: Found) -> Outcome:
    """Figure 3c."""
    return _of_pictures("3c", "integrated gradients from black", bench, found)


def conclude_baselines(bench: Bench, found: Found) -> Outcome:
    """Figure 3d."""
    return _of_parts("3d", "Integrated gradients from other baselines.", "from {}", bench, found)


_CALL = "x = handle.preprocess(image)\nwith handle.session() as net:\n    xai.functional."

TASKS = (
    Task(
        "3a",
        "Vanilla gradients",
        "The size of the gradient of the class's logit, summed over the three colours.",
        asks(),
        STAND_IN,
        each_picture(),
        vanilla,
        conclude_vanilla,
        _CALL + "vanilla_gradients(x, net, [target])",
        questions=("Why are these maps so noisy?",),
        passes=lambda bench, step: 3,
        limit=4,
    ),
    Task(
        "3b",
        "SmoothGrad",
        "The mean gradient over copies of the picture with noise.",
        asks(samples=25),
        STAND_IN,
        first_picture(*SIGMAS),
        smoothed,
        conclude_smoothed,
        _CALL + 'smoothgrad(x, net, [target], samples=parameters["samples"], sigma=0.2)',
        questions=("Which noise is too little, and which too much?",),
        passes=lambda bench, step: 3 * bench["samples"],
    ),
    Task(
        "3c",
        "Integrated gradients",
        "The gradient on the straight way from black to the picture, times the way.",
        asks(steps=25),
        STAND_IN,
        each_picture("black"),
        integrated,
        conclude_integrated,
        _CALL + 'integrated_gradients(x, net, [target], handle.grid.normalise(0 * x), parameters["steps"])',
        questions=("What do these maps show that the gradient does not?",),
        passes=lambda bench, step: 3 * bench["steps"],
        limit=4,
    ),
    Task(
        "3d",
        "Integrated gradients from other baselines",
        "The same way begun at white, and at the picture itself, blurred.",
        asks(steps=25),
        STAND_IN,
        first_picture(*BASELINES),
        integrated,
        conclude_baselines,
        _CALL
        + "integrated_gradients(\n        x, net, [target], xai.inputs.superpixels.gaussian_blur(x, 10.0), "
        'parameters["steps"]\n    )',
        questions=("Which parts cannot be seen from a black baseline, and why?",),
        passes=lambda bench, step: 3 * bench["steps"],
    ),
)
