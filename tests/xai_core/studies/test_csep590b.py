"""The second homework on three real photographs, from maps to tables by loops over the embedded network."""

import dataclasses

import numpy as np
import pytest
import torch

from xai_core.studies import find_study
from xai_core.studies._recipe import Ask, Needs, StandIn
from xai_core.studies.csep590b.curves import CHANCE, METHODS, NAMES
from xai_core.studies.runner import Options, run
from xai_core.studies.verdicts import FAILS, HOLDS, OPEN
from xai_core.types import Params, bilinear

from .test_recipes import curve_by_loops, of

pytestmark = pytest.mark.peers
SIDE, STEPS, PHOTOGRAPHS = 32, 3, 3
STUDENT = 4.302652729911275  # t(0.975, 2)


@pytest.fixture(scope="module")
def photographs(shared_data, tmp_path_factory, lite0_small):
    """Parts 3a and 4 on photographs of ImageNet, on a small grid that is not square."""
    recipe, own = find_study("csep590b"), {"superpixel": SIDE, "samples": 2, "steps": STEPS}
    tasks = []
    for key in ("3a", "4d", "4e", "4f"):
        task = recipe.task(key)
        known = task.asks.parameters
        parameters = Params({**known, **{name: own[name] for name in known if name in own}})
        model, pictures = Ask("efficientnet_lite0"), Ask("ten")
        tasks.append(
            dataclasses.replace(
                task, asks=Needs(model, pictures, parameters), stand_in=StandIn(model, pictures)
            )
        )
    small = dataclasses.replace(recipe, tasks=tuple(tasks))
    options = Options(data=shared_data / "images", limit=PHOTOGRAPHS)
    done = run(small, tmp_path_factory.mktemp("photographs"), options, load=lambda key: lite0_small)
    assert not done.failed
    assert not done.stands_in
    return done


def gradient(net, x, target):
    """d logit / dx."""
    x = x.clone().requires_grad_()
    (found,) = torch.autograd.grad(net(x)[0, target], x)
    return found.detach()


def test_vanilla_gradients(photographs):
    task = of(photographs, "3a")
    handle = task.bench.handle
    for step, values in task.found.items():
        with handle.session() as net:
            x = handle.preprocess(task.bench.image(step.picture))
            slow = gradient(net, x, int(values["target"]))[0].abs().sum(0).numpy()
        # on some processors one ReLU of a photograph is at its kink, and its gradient comes out otherwise
        assert np.corrcoef(values["map"].ravel(), slow.ravel())[0, 1] > 0.999
        assert values["map"].sum() == pytest.approx(slow.sum(), rel=0.01)


def by_occlusion(net, x, black, target):
    """The fall of the logit for each square that is hidden, one pass at a time."""
    whole, found = net(x)[0, target].item(), np.zeros((x.shape[2] // SIDE, x.shape[3] // SIDE))
    for row, column in np.ndindex(*found.shape):
        hidden = x.clone()
        where = (..., slice(row * SIDE, (row + 1) * SIDE), slice(column * SIDE, (column + 1) * SIDE))
        hidden[where] = black[where]
        found[row, column] = whole - net(hidden)[0, target].item()
    return found


def by_integration(net, x, black, target):
    """sum_c |(x - b)_c times the integral of the gradient| by the rule of Gauss and Legendre."""
    places, weights = np.polynomial.legendre.leggauss(STEPS)
    total = torch.zeros_like(x)
    for place, weight in zip(places, weights, strict=True):
        way = black + (place + 1) / 2 * (x - black)
        total += weight / 2 * gradient(net, way.float(), target)
    return (total * (x - black))[0].abs().sum(0).numpy()


def test_maps_of_part_4(photographs):
    """A ReLU6 whose input is zero but for rounding has one gradient in the folded network and another in the
    plain one, which moves a sum of three gradients by a per cent; pictures without one agree to rounding."""
    task, gaps = of(photographs, "4d"), []
    handle = task.bench.handle
    for step, values in task.found.items():
        target = int(values["target"])
        with handle.session() as net:
            x = handle.preprocess(task.bench.image(step.picture))
            black = handle.grid.normalise(torch.zeros_like(x))
            integral = by_integration(net, x, black, target)
            with torch.inference_mode():
                fall = by_occlusion(net, x, black, target)
        assert values["occlusion, map"].reshape(fall.shape) == pytest.approx(fall, abs=1e-3)
        found = values["integrated gradients, map"]
        gaps.append(float(np.linalg.norm(found - integral) / np.linalg.norm(integral)))
    assert min(gaps) < 1e-5
    assert max(gaps) < 0.03


def areas_by_loops(photographs):
    """For each of the two curves and each order the areas (n,) under curves of single passes, in the order
    of the maps' means over squares."""
    task = of(photographs, "4d")
    handle = task.bench.handle
    height, width = handle.input_size
    found = {which: {name: [] for name in NAMES} for which in ("insertion", "deletion")}
    for step, values in task.found.items():
        image = task.bench.image(step.picture)
        for name in NAMES:
            order = values[f"{name}, order"]
            if name != CHANCE:
                full = bilinear(values[f"{name}, map"], (height, width)).astype(float)
                means = full.reshape(height // SIDE, SIDE, width // SIDE, SIDE).mean((1, 3)).ravel()
                order = np.argsort(np.argsort(-means, kind="stable"), kind="stable")
            for which, areas in found.items():
                with handle.session() as net, torch.inference_mode():
                    target = int(values["target"])
                    curve = curve_by_loops(handle, net, image, target, order, SIDE, which == "insertion")
                areas[name].append(sum(curve[1:-1]) + (curve[0] + curve[-1]) / 2)
                areas[name][-1] /= len(order)
    return {which: {name: np.array(a) for name, a in areas.items()} for which, areas in found.items()}


def test_the_tables_and_verdicts_of_part_4(photographs):
    loops = areas_by_loops(photographs)
    for key, which in (("4d", "insertion"), ("4e", "deletion")):
        task = of(photographs, key)
        table = next(block for block in task.outcome.blocks if hasattr(block, "rows"))
        assert [row[0] for row in table.rows] == list(NAMES)
        for name, mean, low, high, count in table.rows:
            areas = loops[which][name]
            half = STUDENT * areas.std(ddof=1) / np.sqrt(PHOTOGRAPHS)
            assert count == PHOTOGRAPHS
            assert (mean, low, high) == pytest.approx(
                (areas.mean(), areas.mean() - half, areas.mean() + half), abs=1e-4
            )
        for finding, name in zip(task.findings, METHODS.values(), strict=True):
            gaps = loops[which][name] - loops[which][CHANCE]
            half = STUDENT * gaps.std(ddof=1) / np.sqrt(PHOTOGRAPHS)
            better, worse = (1, -1) if which == "insertion" else (-1, 1)
            expected = HOLDS if better * gaps.mean() > half else FAILS if worse * gaps.mean() > half else OPEN
            assert finding.verdict == expected
            assert finding.here.value == pytest.approx(gaps.mean(), abs=1e-4)
    (each,) = of(photographs, "4f").outcome.blocks
    for place, row in enumerate(each.rows):
        numbers = [loops[which][name][place] for which in loops for name in METHODS.values()]
        assert row[1:] == pytest.approx(numbers, abs=1e-4)
