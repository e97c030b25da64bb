"""The numbers of the assignment against other code: loops over pixels and units, and the libraries that
people know, on real photographs."""

import dataclasses
import io
import json
import zipfile
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core import concepts
from xai_core.engine.references import check
from xai_core.metrics import lime_study
from xai_core.metrics.complexity import complexity
from xai_core.studies import find_study, reproduce
from xai_core.studies._recipe import ALL, Ask, Needs, StandIn, Step
from xai_core.studies.assignment4.dissected import OFF, table_of
from xai_core.studies.assignment4.maps import LIME, MAPS, NAMES
from xai_core.studies.assignment4.units import THINGS, different
from xai_core.studies.drawing import ALONE, overlap_tile
from xai_core.studies.needs import settle
from xai_core.studies.report_zip import report_zip
from xai_core.studies.runner import Options, run
from xai_core.types import Params

SMALL = {"units": 2, "draws": 2, "samples": 24, "segments": 9}
PICTURES = 6


def on_small(model, pictures, keys=None, others=(), **parameters):
    """The study with a model and pictures that are here in the place of what it asks for."""
    recipe = find_study("assignment4")
    tasks = []
    for task in recipe.tasks if keys is None else [recipe.task(key) for key in keys]:
        known = task.asks.parameters
        own = {**SMALL, **parameters}
        asked = Needs(
            Ask(model),
            Ask(pictures, Params({"varied": False})),
            Params({**known, **{name: own[name] for name in known if name in own}}),
            others if task.key == "1" else (),
        )
        stand_in = StandIn(asked.model, asked.pictures, asked.others)
        tasks.append(dataclasses.replace(task, asks=asked, stand_in=stand_in))
    return dataclasses.replace(recipe, tasks=tuple(tasks))


@pytest.fixture(scope="module")
def study():
    return on_small("tiny_cnn_shapes", "shapes", others=(Ask("tiny_vit_shapes"),))


@pytest.fixture(scope="module")
def done(study, tmp_path_factory):
    """The study on drawn shapes, done twice: the second time from what the first one kept."""
    folder = tmp_path_factory.mktemp("assignment4")
    first = run(study, folder, Options(limit=PICTURES))
    again = run(study, folder, Options(limit=PICTURES))
    assert first.computed == 3 + 2 * PICTURES  # the fourth part takes the steps of the second and third
    assert again.computed == 0
    return again


def table(task, key):
    return next(block for block in task.outcome.blocks if block.key == key and hasattr(block, "rows"))


def marked(values, share):
    """The pixels that are highest, by sorting: the places (row, column)."""
    places = sorted(np.ndindex(values.shape), key=lambda at: -values[at])
    last = values[places[round(len(places) * share) - 1]]
    return {at for at in places if values[at] >= last and values[at] > 0}


def overlap(first, second):
    return len(first & second) / len(first | second)


def large(values, size):
    found = torch.from_numpy(np.array(values, np.float32))[None, None]
    return torch.nn.functional.interpolate(found, size, mode="bilinear", align_corners=False)[0, 0].numpy()


def test_the_four_parts_are_done(done):
    assert not done.failed
    assert [task.task.key for task in done.tasks] == ["1", "2", "3", "4"]
    assert [len(task.outcome.blocks) for task in done.tasks] == [4, 2, 2, 3]
    assert [finding.key for task in done.tasks for finding in task.findings] == [
        "different",
        "off",
        "score_cam",
    ]


def test_the_overlaps_are_those_of_loops(done):
    task = done.tasks[3]
    size = task.bench.handle.input_size
    seen = {}
    for number in range(PICTURES):
        lime = marked(task.found[Step(number, LIME)]["map"], 0.2)
        cams = task.found[Step(number, MAPS)]
        seen[task.bench.examples[number].name] = lime, [marked(large(cams[m], size), 0.2) for m in NAMES]
    rows = table(task, "iou").rows
    assert {row[0] for row in rows} == set(seen)
    for name, _, _, _, _, *found in rows:
        lime, cams = seen[name]
        assert found == pytest.approx([overlap(lime, cam) for cam in cams], abs=1e-6), name
    edges = [row[2] for row in rows]
    assert edges == sorted(edges)
    assert [row[1] for row in rows] == ["simple"] * 3 + ["complex"] * 3
    first = next(n for n in range(PICTURES) if task.bench.examples[n].name == rows[0][0])
    assert rows[0][2:5] == dataclasses.astuple(complexity(task.bench.view(first)))


def test_the_means_are_those_of_the_rows(done):
    task = done.tasks[3]
    each = np.array([row[5:] for row in table(task, "iou").rows], float)
    maps = {
        number: [
            marked(large(task.found[Step(number, MAPS)][m], task.bench.handle.input_size), 0.2) for m in NAMES
        ]
        for number in range(PICTURES)
    }
    for place, row in enumerate(table(task, "means").rows):
        values = each[:, place]
        half = 2.5705818356363146 * values.std(ddof=1) / np.sqrt(6)  # t(0.975, 5)
        assert row[1:4] == pytest.approx((values.mean(), values.mean() - half, values.mean() + half))
        foreign = [
            np.mean(
                [
                    overlap(marked(task.found[Step(n, LIME)]["map"], 0.2), maps[o][place])
                    for o in maps
                    if o != n
                ]
            )
            for n in maps
        ]
        assert row[4] == pytest.approx(np.mean(foreign), abs=1e-6)
        assert row[5:8] == pytest.approx(
            (values[:3].mean(), values[3:].mean(), values[:3].mean() - values[3:].mean())
        )


def test_names_are_those_of_dissect_and_counted_by_hand(done):
    task = done.tasks[0]
    images = [task.bench.image(n) for n in range(PICTURES)]
    handles = (task.bench.handle, *task.bench.others)
    rows, words = list(table(task, "layers").rows), []
    for number, handle in enumerate(handles):
        expected = xai.dissect(handle, images)
        found = table_of(task.found[Step(ALL, str(number))])
        assert found["description"].tolist() == expected["description"].tolist()
        assert found["similarity"].tolist() == pytest.approx(expected["similarity"].tolist(), nan_ok=True)
        assert found.attrs["thresholds"] == pytest.approx(expected.attrs["thresholds"], nan_ok=True)
        words.append(Counter(word for word in expected["description"] if word))
        for layer, at in expected.attrs["thresholds"].items():
            own = [row for row in expected.to_dict("records") if row["layer"] == layer]
            assert rows.pop(0)[1:] == (layer, len(own), *known(own), *known(own, at))
    assert not rows
    first, second = words
    most = table(task, "most").rows
    for concept, _, one, _, other, _ in most:
        assert (one, other) == (first[concept], second[concept])
    assert most[0][2] + most[0][4] == max((first + second).values())


def known(rows, above=-np.inf):
    """Units with a name, different names, and different names of things, by loops."""
    named = [row for row in rows if row["description"] and row["similarity"] > above]
    things = {row["description"] for row in named if row["category"] in THINGS}
    return len(named), len({row["description"] for row in named}), len(things)


def test_different_names_of_equally_many_units():
    """Against every choice of units: of a, a, b two are different in two choices of three."""
    assert different(["a", "a", "b"], 2) == pytest.approx((1 + 2 + 2) / 3)
    names = list("aaabbcdee")
    choices = [len(set(chosen)) for chosen in combinations(names, 4)]
    assert different(names, 4) == pytest.approx(np.mean(choices))
    assert different(names, 9) == 5


def test_the_gain_of_the_last_layer_is_exact_in_each_network(done):
    task = done.tasks[0]
    gains = []
    for part in ("0", "1"):
        found = table_of(task.found[Step(ALL, part)])
        layers = list(found.attrs["thresholds"])
        first, last = (found["description"][found["layer"] == layer] for layer in (layers[0], layers[-1]))
        count = min(len(first), len(last))
        gains.append(different(last, count) - different(first, count))
    finding = task.findings[0]
    assert (finding.here.low, finding.here.high) == pytest.approx((min(gains), max(gains)))
    assert (finding.here.pictures, finding.here.of) == (2, "network")


def test_a_unit_that_is_off_adds_nothing(done):
    """The falls of the logit against a network whose channels are set to zero by hand."""
    task = done.tasks[0]
    handle, values = task.bench.handle, task.found[Step(ALL, OFF)]
    layer = handle.layer(None).key
    for number in range(2):
        target = int(values["classes"][number])
        x = handle.preprocess(task.bench.image(number)).clone().requires_grad_()
        kept = []
        with handle.session() as net:
            module = net.get_submodule(layer)
            watch = module.register_forward_hook(lambda m, i, out, kept=kept: kept.append(out))
            with torch.enable_grad():
                logit = net(x)[0, target]
                (gradient,) = torch.autograd.grad(logit, kept[0])
            watch.remove()
            best = (kept[0] * gradient).sum((0, 2, 3)).topk(2).indices

            def off(module, inputs, out, best=best):
                return out.index_fill(1, best, 0.0)

            zero = module.register_forward_hook(off)
            with torch.no_grad():
                after = net(x)[0, target]
            zero.remove()
        assert float(values["fall"][number]) == pytest.approx(float(logit.detach() - after), abs=1e-4)


def test_the_unit_that_is_shown_is_over_the_picture_it_answers_to_most(done):
    task = done.tasks[0]
    bench, values = task.bench, task.found[Step(ALL, "0")]
    last = bench.handle.layer(None).key
    for unit, view, found in zip(values["shown"], values["shown, views"], values["shown, maps"], strict=True):
        maps = concepts.unit_maps(bench.handle, [bench.image(n) for n in range(PICTURES)], last, int(unit))
        best = int(maps.mean((1, 2)).argmax())
        np.testing.assert_array_equal(view, bench.view(best))
        np.testing.assert_allclose(found, maps[best], rtol=1e-5, atol=1e-6)


def test_the_calls_of_a_notebook_give_the_same(done):
    """The cell of each part is run as a notebook runs it."""
    for task in done.tasks:
        names = {"xai": xai, "bench": task.bench, "handle": task.bench.handle, "image": task.bench.image(0)}
        exec(task.task.calls, names | {"parameters": task.bench.parameters}, names)
    task, cams = done.tasks[3], done.tasks[2].found[Step(0, MAPS)]
    row = next(row for row in table(task, "iou").rows if row[0] == task.bench.examples[0].name)
    for e in names["maps"][1:]:
        np.testing.assert_array_equal(e.heatmap, cams[e.method])
    found = lime_study.row("", task.bench.view(0), names["maps"], percent=task.bench["percent"])
    assert [found[f"iou_{method}"] for method in NAMES] == list(row[5:])


def test_maps_that_show_nothing_are_said(done):
    task = done.tasks[2]
    found = {step: dict(values) for step, values in task.found.items()}
    empty = Step(2, MAPS)
    found[empty]["score_cam"] = np.zeros_like(found[empty]["score_cam"])
    before, after = (
        sum(not (values["score_cam"] > 0).any() for values in kept.values()) for kept in (task.found, found)
    )
    notes = task.task.conclude(task.bench, found).notes
    assert after in (before, before + 1)
    assert any(note.startswith(f"Score-CAM is nowhere positive in {after} of 6 pictures.") for note in notes)


def test_everything_comes_out_again_from_the_zip(study, done, tmp_path, capsys):
    """Both networks of the first part, and the crops' photographs, are in the record."""
    some = dataclasses.replace(done, tasks=(done.tasks[0], done.tasks[2]))
    with zipfile.ZipFile(io.BytesIO(report_zip(some))) as archive:
        archive.extractall(tmp_path)
    record = json.loads((tmp_path / "manifest.json").read_text())
    assert [one["model"] for one in record["tasks"][0]["others"]] == ["tiny_vit_shapes"]
    assert reproduce.main(tmp_path, lambda key: study) == 0
    assert "2 of 2 tasks reproduced" in capsys.readouterr().out
    record["tasks"][0]["others"][0]["weights_sha256"] = "other"
    record["tasks"][0]["others"][0]["identity"] = "other"
    (tmp_path / "manifest.json").write_text(json.dumps(record))
    assert reproduce.main(tmp_path, lambda key: study) == 1
    assert "the weights of tiny_vit_shapes here are not those of the export" in capsys.readouterr().out


def test_two_masks_in_their_colours():
    view = np.full((2, 4, 3), 100, np.uint8)
    view[0, 0] = (200, 10, 10)
    first, second = np.zeros((2, 4), bool), np.zeros((2, 4), bool)
    first[0, :2] = second[0, 0] = second[1, 3] = True
    found = overlap_tile(view, first, second, "").pixels
    assert found[0, 0].tolist() == [200, 10, 10]
    assert found[0, 1].tolist() == [round(45 + 0.55 * c) for c in ALONE[0]]
    assert found[1, 3].tolist() == [round(45 + 0.55 * c) for c in ALONE[1]]
    assert found[1, 0].tolist() == [180] * 3


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    for name in ("XAI_WEIGHTS_DIR", "XAI_DATA_DIR", "XAI_SAMPLES_DIR", "TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    setup = settle(find_study("assignment4").task("1"), tmp_path)
    assert [one.label for one in setup.missing[:2]] == ["ResNet-18", "ResNet-18, Places365"]
    assert "Put the folder probing" in str(setup.missing[2])
    assert setup.parameters["varied"]
    assert setup.others == ("efficientnet_lite1",)


def test_a_probing_folder_is_spread_over_its_folders(tmp_path):
    from PIL import Image

    (tmp_path / "data" / "probing").mkdir(parents=True)
    assert settle(find_study("assignment4").task("1"), tmp_path).pictures == "shipped"  # nothing is in it
    for name in ("a/1.png", "b/c/2.png", "b/3.png"):
        (tmp_path / "data" / "probing" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (12, 9)).save(tmp_path / "data" / "probing" / name)
    setup = settle(find_study("assignment4").task("1"), tmp_path)
    assert [example.name for example in setup.examples] == ["a/1.png", "b/3.png", "b/c/2.png"]
    assert not setup.parameters["varied"]


def ablated(handle, image, e):
    """Ablation-CAM with the channels set to zero one after another, forty to a batch."""
    x = handle.preprocess(image)
    with handle.session() as net, torch.no_grad():
        layer, kept, scores = net.get_submodule(e.layer), [], []
        watch = layer.register_forward_hook(lambda module, inputs, out: kept.append(out))
        score = net(x)[0, e.target]
        watch.remove()
        maps = kept[0][0]
        for channels in torch.arange(len(maps)).split(40):

            def off(module, inputs, out, channels=channels):
                out = out.clone()
                out[torch.arange(len(channels)), channels] = 0
                return out

            without = layer.register_forward_hook(off)
            scores.append(net(x.expand(len(channels), -1, -1, -1))[:, e.target])
            without.remove()
    weights = (score - torch.cat(scores)) / score
    return (weights[:, None, None] * maps).sum(0).clamp(min=0).numpy()


@pytest.mark.peers
def test_the_overlaps_are_those_of_the_libraries(shared_data, tmp_path, lite0_small):
    """lime and pytorch-grad-cam on two photographs: the same superpixels and masks, their arithmetic."""
    peers = [pytest.importorskip(name) for name in ("lime", "pytorch_grad_cam")]
    assert peers
    study = on_small("efficientnet_lite0", "ten", ("4",), samples=60, segments=12)
    folder = shared_data / "images" / "assignment4"
    result = run(study, tmp_path, Options(folder, limit=2), load=lambda key: lite0_small)
    (task,) = result.tasks
    settings = {"samples": 60, "segments": 12}
    for number in range(2):
        image = task.bench.image(number)
        lime = xai.explain(lite0_small, image, "lime", **settings)
        theirs = marked(check(lite0_small, image, lime).heatmap, 0.2)
        row = next(row for row in table(task, "iou").rows if row[0] == task.bench.examples[number].name)
        for method, found in zip(NAMES, row[5:], strict=True):
            e = xai.explain(lite0_small, image, method)
            own = method == "ablation_cam"  # whose library divides by other scores; here it is done by loops
            cam = ablated(lite0_small, image, e) if own else check(lite0_small, image, e).heatmap
            cam = large(cam, lite0_small.input_size)
            assert found == pytest.approx(overlap(theirs, marked(cam, 0.2)), abs=0.02), (number, method)
