"""The numbers of the two recipes against other code: loops over pixels, and the functional signatures."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core import functional
from xai_core.studies import STUDIES, find_study
from xai_core.studies._recipe import Ask, Bench, Needs, StandIn
from xai_core.studies.csep590b.curves import CHANCE, METHODS, NAMES, areas
from xai_core.studies.layers import two_layers
from xai_core.studies.layers.same_as_cam import fit
from xai_core.studies.runner import Options, run
from xai_core.studies.verdicts import HOLDS, OPEN

ATTACK = {"target": 684, "epsilon": 8.0, "steps": 3}


def of(done, key):
    return next(task for task in done.tasks if task.task.key == key)


def curve_by_loops(handle, net, image, target, order, side, insert):
    """The probability after each superpixel, one picture and one pass at a time."""
    x = handle.preprocess(image)
    black = handle.grid.normalise(torch.zeros_like(x))
    now, then = (black.clone(), x) if insert else (x.clone(), black)
    across = x.shape[3] // side
    found = [net(now).softmax(1)[0, target].item()]
    for rank in range(len(order)):
        (place,) = np.flatnonzero(order == rank)
        row, column = divmod(int(place), across)
        where = (..., slice(row * side, (row + 1) * side), slice(column * side, (column + 1) * side))
        now[where] = then[where]
        found.append(net(now).softmax(1)[0, target].item())
    return found


def test_curves_and_areas_are_those_of_plain_loops(done):
    task = of(done, "4d")
    handle, side = task.bench.handle, task.bench["superpixel"]
    for step, values in task.found.items():
        for name in NAMES:
            for which in ("insertion", "deletion"):
                with handle.session() as net, torch.inference_mode():
                    loops = curve_by_loops(
                        handle,
                        net,
                        task.bench.image(step.picture),
                        int(values["target"]),
                        values[f"{name}, order"],
                        side,
                        which == "insertion",
                    )
                assert values[f"{name}, {which}"] == pytest.approx(loops, abs=1e-5)
                area = sum((a + b) / 2 for a, b in pairwise(loops)) / (len(loops) - 1)
                assert float(values[f"{name}, {which} area"]) == pytest.approx(area, abs=1e-5)


def test_the_order_is_that_of_the_maps_means(done):
    task = of(done, "4d")
    side = task.bench["superpixel"]
    (values, *_) = task.found.values()
    for name in METHODS.values():
        height, width = task.bench.handle.input_size
        full = xai.types.bilinear(values[f"{name}, map"], (height, width))
        means = [
            full[r : r + side, c : c + side].mean()
            for r in range(0, height, side)
            for c in range(0, width, side)
        ]
        ranks = np.argsort(np.argsort(-np.array(means), kind="stable"), kind="stable")
        assert values[f"{name}, order"].tolist() == ranks.tolist()


def test_the_table_of_averages_is_that_of_the_steps(done):
    task = of(done, "4e")
    table = next(block for block in task.outcome.blocks if hasattr(block, "rows"))
    for (name, mean, low, high, count), values in zip(
        table.rows, areas(task.found, "deletion").values(), strict=True
    ):
        half = 4.302652729911275 * np.std(values, ddof=1) / np.sqrt(3)  # t(0.975, 2)
        assert count == 3
        assert mean == pytest.approx(values.mean()), name
        assert (low, high) == pytest.approx((mean - half, mean + half))


def test_occlusion_is_the_fall_of_the_logit(done):
    task = of(done, "2b")
    bench = task.bench
    for step, values in task.found.items():
        with bench.handle.session() as net:
            x = bench.handle.preprocess(bench.image(0))
            black = bench.handle.grid.normalise(torch.zeros_like(x))
            side = int(step.part)
            slow = functional.occlusion(x, net, [int(values["target"])], black, side)[0, ::side, ::side]
        assert values["map"] == pytest.approx(slow.numpy(), abs=1e-4)


def test_findings_are_decided_by_the_paired_interval(done):
    task = of(done, "4d")
    each = areas(task.found, "insertion")
    for finding, name in zip(task.findings, METHODS.values(), strict=True):
        gaps = each[name] - each[CHANCE]
        half = 4.302652729911275 * np.std(gaps, ddof=1) / np.sqrt(3)
        assert finding.here.low == pytest.approx(gaps.mean() - half)
        assert finding.verdict == (HOLDS if gaps.mean() > half else OPEN)
        assert finding.test.startswith("Holds if the whole 95 % interval lies above 0.")


@pytest.fixture(scope="module")
def layers(tmp_path_factory, lite0_small):
    """The study of layers with the embedded network on a small grid that is not square."""
    recipe = find_study("layers")
    layers = xai.types.Params({"layers": ("blocks.5", "blocks.6")})
    asked = {
        "1": Needs(Ask("efficientnet_lite0", layers), two_layers.MOSAIC),
        "3": Needs(Ask("efficientnet_lite0"), Ask("shipped")),
        "4": Needs(Ask("efficientnet_lite0"), Ask("coffee"), xai.types.Params(ATTACK)),
    }
    tasks = [
        dataclasses.replace(recipe.task(key), asks=needs, stand_in=StandIn(needs.model, needs.pictures))
        for key, needs in asked.items()
    ]
    small = dataclasses.replace(recipe, tasks=tuple(tasks))
    return run(small, tmp_path_factory.mktemp("layers"), Options(limit=3), load=lambda key: lite0_small)


def test_the_layers_are_done(layers):
    assert not layers.failed
    assert not layers.stands_in
    (one, cam, attack) = layers.tasks
    assert [len(task.outcome.blocks) for task in (one, cam, attack)] == [3, 2, 2]


def test_the_maps_are_those_of_explain(layers, lite0_small):
    (one, *_) = layers.tasks
    ((_, values),) = one.found.items()
    image = one.bench.image(0)
    for target, layer in ((967, "blocks.5"), (282, "blocks.6")):
        free = xai.explain(lite0_small, image, "grad_cam", target, layer, relu=False).heatmap
        assert values[two_layers.name(target, layer, "without ReLU")] == pytest.approx(free, abs=1e-6)
        assert values[two_layers.name(target, layer, "plain")] == pytest.approx(np.maximum(free, 0), abs=1e-6)
        other = values[two_layers.name(target, layer, "counterfactual")]
        assert other == pytest.approx(np.maximum(-free, 0), abs=1e-4 * float(np.abs(free).max()))


def test_shares_on_the_object_are_those_of_loops(layers):
    (one, *_) = layers.tasks
    ((_, values),) = one.found.items()
    rows = one.outcome.blocks[-1].rows
    height, width = one.bench.handle.grid.size
    boxes = {box.label: box for box in xai.inputs.views.view_boxes(one.bench.image(0), one.bench.handle.grid)}
    for label, layer, share, *_ in rows:
        target = 967 if label == "espresso" else 282
        box = boxes["Coffee" if target == 967 else "Chelsea the cat"]
        full = xai.types.bilinear(values[two_layers.name(target, layer, "plain")], (height, width))
        inside = sum(
            float(full[y, x])
            for y in range(height)
            for x in range(width)
            if round(box.x0) <= x < round(box.x1) and round(box.y0) <= y < round(box.y1)
        )
        assert share == pytest.approx(inside / full.sum(dtype=np.float64), rel=1e-4)


def test_cam_is_grad_cam_times_the_number_of_cells(layers):
    cam = layers.tasks[1]
    for values in cam.found.values():
        h, w = values["cam"].shape
        assert h != w
        assert values["cam"] == pytest.approx(h * w * values["grad_cam"], rel=1e-3, abs=1e-4)
        constant, apart = fit(values["cam"], values["grad_cam"])
        assert constant == pytest.approx(h * w, rel=1e-4)
        assert apart < 1e-4 < fit(values["cam"], values["other"])[1]
    assert [finding.verdict for finding in cam.findings] == [HOLDS, HOLDS]


def test_the_attack_is_that_of_the_library(layers, lite0_small):
    attack = layers.tasks[2]
    ((_, values),) = attack.found.items()
    again = xai.attack(lite0_small, attack.bench.image(0), "pgd", **ATTACK)
    assert np.array_equal(values["after, view"], again.image.pixels)
    assert int(values["changed"]) <= 8
    (finding,) = attack.findings
    assert (finding.verdict == HOLDS) == again.success


def test_every_task_says_what_it_asks_and_what_to_answer():
    for recipe in STUDIES.values():
        for task in recipe.tasks:
            assert task.questions
            assert task.calls
            assert task.about.endswith(".")
            xai.models.find_model(task.asks.model.key)
            assert xai.models.on_this_machine(task.stand_in.model.key)


def test_a_bench_names_its_parameters(lite0_small):
    bench = Bench(lite0_small, (), xai.types.Params({"a": 1}))
    with pytest.raises(xai.InputError, match="has no parameter 'b'; it has a"):
        bench["b"]


@pytest.mark.peers
def test_average_areas_of_real_photographs_are_those_of_plain_loops(shared_data, lite0_small, tmp_path):
    task = find_study("csep590b").task("4d")
    parameters = xai.types.Params({**task.asks.parameters, "superpixel": 32, "samples": 2, "steps": 2})
    asks = Needs(Ask("efficientnet_lite0"), Ask("ten"), parameters)
    recipe = dataclasses.replace(find_study("csep590b"), tasks=(dataclasses.replace(task, asks=asks),))
    options = Options(shared_data / "images", limit=3)
    (done,) = run(recipe, tmp_path, options, load=lambda key: lite0_small).tasks
    assert not done.setup.missing
    table = next(block for block in done.outcome.blocks if hasattr(block, "rows"))
    for row in table.rows:
        found = []
        for step, values in done.found.items():
            given = (done.bench.image(step.picture), int(values["target"]), values[f"{row[0]}, order"])
            with lite0_small.session() as net, torch.inference_mode():
                loops = curve_by_loops(lite0_small, net, *given, 32, True)
            found.append(sum((a + b) / 2 for a, b in pairwise(loops)) / (len(loops) - 1))
        assert row[1] == pytest.approx(sum(found) / 3, abs=1e-5)
