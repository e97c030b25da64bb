"""Task 6: a map should give importance to a pixel that alone changes the answer.

    value = map at the changed pixel / map's maximum      (both after upsampling)

Before the attack the map is that of the first answer, after it that of the new one. The control is a pixel at
random: the mean of the map. Where no attack changes the answer, nothing is said about sensitivity.

Su et al., One Pixel Attack, IEEE TEVC 2019; Sundararajan et al., ICML 2017 (the axiom of sensitivity)."""

from __future__ import annotations

import numpy as np

from ...attacks import attack
from ...engine.explain import explain_many
from ...types import Explanation, Params, Request
from .. import verdicts
from .._recipe import Ask, Bench, Found, Published, StandIn, Step, Task, Values, each_picture
from ..clauses import about
from ..drawing import map_tile
from ..outcome import Cell, Estimate, Figure, Outcome, Table, Tile
from ._shared import COLUMNS, SHIPPED, around, asks, framed, layer_of, row_of

SPOT = (255, 255, 255)
WHEN = ("before", "after")


def attacked(bench: Bench, step: Step) -> Values:
    """Of one picture the attack's success, the pixel, the answers, and before and after it the map with its
    values at the pixel and on average, as shares of its maximum."""
    found = attack(
        bench.handle,
        bench.image(step.picture),
        "one_pixel",
        seed=step.picture,
        cancelled=bench.cancelled,
        count=1,
        population=bench["population"],
        generations=bench["generations"],
    )
    pixel = found.changed[0] if len(found.changed) else np.zeros(2, int)
    values: dict[str, np.ndarray] = {
        "success": np.array(found.success),
        "pixel": pixel,
        "answers": np.array([found.before.index, found.after.index]),
        "probabilities": np.array([found.before.probability, found.after.probability]),
        "after, view": found.image.pixels,
    }
    pictures = (found.original, found.image)
    for when, image, target in zip(WHEN, pictures, values["answers"], strict=True):
        request = Request("grad_cam", int(target), layer_of(bench))
        (e,) = explain_many(bench.handle, image, [request], cancelled=bench.cancelled)
        at, mean = shares_of(e, pixel)
        values |= {f"{when}, map": e.heatmap, f"{when}, at": np.array(at), f"{when}, mean": np.array(mean)}
    return values


def shares_of(e: Explanation, pixel: np.ndarray) -> tuple[float, float]:
    """(at the pixel, on average) of the map as shares of its maximum; NaN for a map without a positive
    value."""
    full = e.upsampled()
    highest = float(full.max())
    if highest <= 0:
        return float("nan"), float("nan")
    return float(full[tuple(pixel)]) / highest, float(full.mean(dtype=np.float64)) / highest


def conclude(bench: Bench, found: Found) -> Outcome:
    """How many answers changed, and what the maps say of the pixels that changed them."""
    changed = [(step, values) for step, values in found.items() if bool(values["success"])]
    success = [float(bool(values["success"])) for values in found.values()]
    rows = [row_of("answers changed", verdicts.share_of(success))]
    if not changed:
        notes = (
            f"No attack changed an answer (pictures: {len(found)}), so that nothing can be said about "
            "sensitivity.",
        )
        return Outcome((_table(rows),), {}, (), notes)
    at = {when: np.array([float(v[f"{when}, at"]) for _, v in changed]) for when in WHEN}
    means = {when: np.array([float(v[f"{when}, mean"]) for _, v in changed]) for when in WHEN}
    for when in WHEN:
        rows.append(row_of(f"at the pixel, {when} the attack", verdicts.mean_of(at[when].tolist())))
        rows.append(row_of(f"smallest at such a pixel, {when} the attack", smallest(at[when])))
        rows.append(row_of(f"a pixel at random, {when} the attack", verdicts.mean_of(means[when].tolist())))
    words = {
        "measure": "the map's share of its maximum",
        "one": "the pixel that changes the answer",
        "other": "a pixel at random",
    }
    clauses = (about("larger", words, at["before"], means["before"]),)
    estimates = {"smallest": smallest(at["before"]), "mean": verdicts.mean_of(at["before"].tolist())}
    return Outcome((_figure(bench, changed[0]), _table(rows)), estimates, clauses)


def smallest(values: np.ndarray) -> Estimate:
    """The smallest of the values, exact."""
    known = values[~np.isnan(values)]
    least = float(known.min()) if len(known) else float("nan")
    return Estimate(least, least, least, len(known))


def _table(rows: list[tuple[Cell, ...]]) -> Table:
    caption = "Maps as shares of their maximum, over the pictures whose answer one pixel changes."
    return Table("pixel", caption, ("", *COLUMNS), tuple(rows))


def _figure(bench: Bench, changed: tuple[Step, Values]) -> Figure:
    """The first picture whose answer changed, with its maps; the pixel is framed."""
    _, values = changed
    tiles, view = [], values["after, view"]
    box = around(values["pixel"], view.shape[:2])
    tiles.append(Tile(framed(view, box, SPOT), "one pixel changed, in the frame"))
    for when, target, chance in zip(WHEN, values["answers"], values["probabilities"], strict=True):
        drawn = framed(map_tile(view, values[f"{when}, map"], "").pixels, box, SPOT)
        tiles.append(Tile(drawn, f"{when}: {bench.handle.labels[int(target)]}, {100 * chance:.0f} %"))
    caption = "The first picture whose answer one pixel changes, and Grad-CAM of the answers."
    return Figure("pixel", caption, tuple(tiles), across=3)


QUICK = Params({"population": 40, "generations": 10})  # for what stands in


def _asked(key: str, layer: str) -> Ask:
    """A network of the source with its layer, and how long the attack may search."""
    return Ask(key, Params({"layer": layer, "population": 100, "generations": 30}))


_CALL = (
    "population, generations = parameters['population'], parameters['generations']\n"
    "changed = xai.attack(handle, image, 'one_pixel', population=population, generations=generations)\n"
    "e = xai.explain(handle, changed.original, 'grad_cam', changed.before.index)\n"
    "e.upsampled()[tuple(changed.changed.T)] / e.upsampled().max()"
)


def _task(
    key: str, name: str, model: Ask, stand_in: str, smallest: Published, mean: float, near: float
) -> Task:
    """The task of one network."""
    return Task(
        key,
        f"Sensitivity, {name}",
        "One pixel is changed until the network answers otherwise. Such a pixel matters, so that a sensitive "
        "map is not zero there.",
        asks(model, **QUICK),
        StandIn(Ask(stand_in, QUICK), SHIPPED.pictures),
        each_picture(),
        attacked,
        conclude,
        _CALL,
        (
            smallest,
            Published(
                "mean",
                f"At these pixels Grad-CAM of {name} is {mean:.3f} of its maximum on average.",
                "equal",
                mean,
                near,
                f"re-examined {mean:.4f}",
                bound=True,
            ),
        ),
        ("Why does the resolution of the layer matter for this test?",),
        lambda bench, step: bench["population"] * (bench["generations"] + 1) + 8.0,
        40,
    )


TASKS = (
    _task(
        "6a",
        "VGG-16",
        _asked("vgg16", "features.29"),
        "efficientnet_lite0",
        Published(
            "smallest",
            "Grad-CAM of VGG-16 is zero at some pixel that changes the answer.",
            "equal",
            0.0,
            1e-6,
            "re-examined 0.0",
            bound=True,
        ),
        0.0609,
        0.03,
    ),
    _task(
        "6b",
        "GoogLeNet",
        _asked("googlenet", "inception5b"),
        "efficientnet_lite1",
        Published(
            "smallest",
            "Grad-CAM of GoogLeNet is nowhere zero at a pixel that changes the answer.",
            "above",
            0.0,
            said="re-examined 0.0264",
            bound=True,
        ),
        0.3476,
        0.05,
    ),
)
