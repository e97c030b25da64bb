"""The numbers of Grad-CAM on CIFAR-10 against loops, scipy, and pytorch-grad-cam on real pictures."""

import dataclasses
import io
import json
import zipfile

import numpy as np
import pytest
import torch
from scipy.stats import binomtest, spearmanr, t

from xai_core.datasets import Example
from xai_core.studies import find_study, reproduce
from xai_core.studies._recipe import ALL, Ask, Bench, Needs, Recipe, StandIn, Step
from xai_core.studies.cifar10 import _shared, accuracy, cams, right_and_wrong, shapley
from xai_core.studies.needs import settle
from xai_core.studies.report_zip import report_zip
from xai_core.studies.runner import Options, run
from xai_core.studies.store import packed
from xai_core.studies.store import unpacked as unpacked_values
from xai_core.studies.verdicts import FAILS, HOLDS
from xai_core.types import Params, bilinear

LAYERS = ("layer3", "layer4")
LOOKED = 15  # real pictures


def recipe_on(model, pictures, layers, samples=30):
    """The recipe with another network and other pictures, which are taken for what it asks for."""
    recipe, tasks = find_study("cifar10"), []
    ask = Ask(model, Params({"layers": layers, "published": True}))
    shown = Ask(pictures, Params({"copies": False}))
    for task in recipe.tasks:
        own = dict.fromkeys(task.asks.parameters, samples)
        tasks.append(
            dataclasses.replace(task, asks=Needs(ask, shown, Params(own)), stand_in=StandIn(ask, shown))
        )
    return Recipe(recipe.key, recipe.title, recipe.source, recipe.about, tuple(tasks))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The study on the network of drawn shapes; it must not be changed."""
    return run(
        recipe_on("tiny_cnn_shapes", "shapes", LAYERS), tmp_path_factory.mktemp("shapes"), Options(limit=4)
    )


def of(done, key):
    return next(task for task in done.tasks if task.task.key == key)


def table_of(task):
    return next(block for block in task.outcome.blocks if hasattr(block, "rows"))


def interval(values):
    """The mean with Student's interval."""
    values = np.asarray(values, float)
    half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
    return values.mean(), values.mean() - half, values.mean() + half


def wilson(hits):
    """The share of ones with Wilson's interval by scipy."""
    found = binomtest(int(sum(hits)), len(hits)).proportion_ci(method="wilson")
    return np.mean(hits), found.low, found.high


def test_it_is_done_and_tasks_share_their_steps(done):
    assert not done.failed
    assert not done.stands_in
    assert [task.computed for task in done.tasks] == [1, 0, 0, 1, 4, 4]
    assert [len(task.outcome.blocks) for task in done.tasks][-2:] == [3, 2]


def test_accuracy_is_that_of_a_loop(done):
    task = of(done, "1a")
    bench, hits = task.bench, []
    for n, example in enumerate(bench.examples):
        with bench.handle.session() as net, torch.inference_mode():
            logits = net(bench.handle.preprocess(bench.image(n)))[0]
        hits.append(float(int(logits.argmax()) in example.targets))
    row = table_of(task).rows[0]
    assert row[:2] == ("all", 4)
    assert row[2:5] == pytest.approx(wilson(hits))
    assert task.findings[0].here.value == pytest.approx(100 * np.mean(hits))


def test_confusions_and_classes_by_hand():
    """Three answers of two classes: a cat taken for a dog, a dog and a cat that are right."""
    bench, found = hand_bench(), {Step(ALL, "0:2"): answers(5, 5), Step(ALL, "2:3"): answers(3)}
    outcome = accuracy.conclude(bench, found)
    rows = outcome.blocks[0].rows
    assert [row[:3] for row in rows] == [("all", 3, 2 / 3), ("cat", 2, 0.5), ("dog", 1, 1.0)]
    assert [row[5] for row in rows] == ["", "dog, once", ""]
    assert outcome.estimates["accuracy"].value == pytest.approx(200 / 3)
    stands_in = dataclasses.replace(bench, parameters=Params({"copies": False, "published": False}))
    other = accuracy.conclude(stands_in, found)
    assert not other.estimates
    assert other.notes


class _Labels:
    labels = ("airplane", "automobile", "bird", "cat", "deer", "dog")


def hand_bench(copies=False):
    examples = [
        Example(f"{n}", "", name, (k,)) for n, (name, k) in enumerate((("cat", 3), ("dog", 5), ("cat", 3)))
    ]
    return Bench(_Labels(), tuple(examples), Params({"copies": copies, "published": True}))


def answers(*said):
    return {"said": np.array(said), "probability": np.ones(len(said))}


def test_copies_of_a_photograph_count_once():
    bench = hand_bench(copies=True)
    photographs = _shared.photographs_of(bench, range(3))
    assert photographs.tolist() == [0, 1, 0]
    assert _shared.by_photograph(np.array([1.0, 0, 2]), photographs).tolist() == [1.5, 0]
    found = _shared.by_photograph(np.array([np.nan, np.nan, 2]), photographs)
    assert found[0] == 2
    assert np.isnan(found[1])
    assert _shared.photographs_of(hand_bench(), range(3)).tolist() == [0, 1, 2]
    half = accuracy.share_of(np.array([True, False, True]), photographs)
    assert (half.value, half.low, half.high) == pytest.approx(wilson([1, 0]))
    all_right = accuracy.share_of(np.ones(10, bool), np.arange(10))
    assert (all_right.low, all_right.high) == pytest.approx(wilson([1] * 10)[1:])


@pytest.mark.parametrize(("right", "verdict"), [(920, HOLDS), (804, FAILS)])
def test_the_published_accuracy_is_held_against_the_interval(right, verdict):
    from xai_core.studies.verdicts import finding

    (published,) = accuracy.TASKS[0].published
    hits = np.arange(10_000) % 1_000 < right
    share = accuracy.share_of(hits, np.arange(len(hits)))
    percent = dataclasses.replace(share, value=100 * share.value, low=100 * share.low, high=100 * share.high)
    assert finding(published, percent).verdict == verdict


def test_measures_of_a_map_by_hand():
    maps = np.zeros((3, 2, 3), np.float32)
    maps[0] = [[4, 0, 0], [0, 0, -9]]
    maps[1] = [[2, 0, 0], [0, 0, 5]]
    sparse, middle, largest, alike = right_and_wrong.measured(maps)
    assert sparse == pytest.approx(5 / 6)  # one cell of six has all
    assert largest == 4
    assert alike == pytest.approx(spearmanr(maps[0].ravel(), maps[1].ravel()).statistic)
    full = bilinear(np.maximum(maps[0], 0), (32, 32)).astype(float)
    inside = sum(full[y, x] for y in range(8, 24) for x in range(8, 24))
    assert middle == pytest.approx(inside / full.sum())
    flat = right_and_wrong.measured(np.ones((3, 2, 3), np.float32))
    assert flat[:3] == pytest.approx((0, 0.25, 1))
    assert np.isnan(flat[3])


def test_right_and_wrong_are_compared_over_all_pictures():
    """Twenty made pictures, the right ones with maps twice as high, in two batches."""
    rng = np.random.default_rng(0)
    maps = rng.random((20, 3, 4, 5), np.float32)
    right = np.arange(20) % 3 != 0
    maps[right, 0] *= 2
    bench = Bench(_Viewed(), hand_examples(20), Params({"copies": False, "published": True}))
    choices = np.stack([np.where(right, 3, 5), np.full(20, 4)], 1)
    found = {
        Step(ALL, f"{a}:{b}"): {"choices": choices[a:b], "probability": np.ones(20)[a:b], "maps": maps[a:b]}
        for a, b in ((0, 12), (12, 20))
    }
    bench.loaded.update(dict.fromkeys(range(20)))
    outcome = right_and_wrong.conclude(bench, found)
    first, second, table = outcome.blocks
    assert [len(first.tiles), len(second.tiles)] == [10, 15]
    row = dict(zip(right_and_wrong.MEASURES, table.rows, strict=True))[right_and_wrong.MEASURES[2]]
    tops = maps[:, 0].max((1, 2)).astype(float)
    assert row[1:4] == pytest.approx(
        (tops[right].mean(), tops[~right].mean(), tops[right].mean() - tops[~right].mean()), rel=1e-6
    )
    assert outcome.clauses[2].text.startswith("On average the largest value of the map is larger in right")
    only = {Step(ALL, "1:3"): {name: values[1:3] for name, values in found[Step(ALL, "0:12")].items()}}
    assert right_and_wrong.conclude(bench, only).notes == (
        "All 2 pictures are classified rightly, so there is nothing to compare with.",
    )


def hand_examples(count):
    return tuple(Example(f"{n}", "", "cat", (3,)) for n in range(count))


class _Viewed(_Labels):
    def view(self, image):
        return np.zeros((8, 10, 3), np.uint8)


def drop_by_hand(handle, image, target, values):
    """Grad-CAM++'s average drop of one picture, from its definition."""
    with handle.session() as net, torch.inference_mode():
        x = handle.preprocess(image)
        full = np.maximum(bilinear(values, (x.shape[2], x.shape[3])), 0)
        share = torch.from_numpy(full / max(float(full.max()), 1e-12)).to(x)
        pixels = (x - handle.grid.normalise(torch.zeros_like(x))) * share
        shown = handle.grid.normalise(torch.zeros_like(x)) + pixels
        whole, part = net(torch.cat([x, shown])).double().softmax(1)[:, target].tolist()
    return max(0.0, whole - part) / whole


def test_the_table_of_methods_is_that_of_loops(done):
    task = of(done, "3")
    rows = {row[:2]: row[2:] for row in table_of(task).rows}
    for layer in LAYERS:
        for name in cams.METHODS:
            drops, alike = [], []
            for step, values in task.found.items():
                own, grad = values[f"{layer}, {name}"], values[f"{layer}, {cams.GRAD}"]
                drops.append(
                    drop_by_hand(
                        task.bench.handle, task.bench.image(step.picture), int(values["target"]), own
                    )
                )
                alike.append(spearmanr(own.ravel(), grad.ravel()).statistic)
            row = rows[layer, name]
            assert row[0] == pytest.approx(np.nanmean(alike), nan_ok=True)
            assert row[2:] == pytest.approx(interval(drops), abs=1e-5)
    assert rows[LAYERS[1], cams.GRAD][:2] == pytest.approx((1, 1))
    same = task.findings[0]
    assert same.verdict == HOLDS
    gaps = []
    for values in task.found.values():
        grad, other = (values[f"{LAYERS[1]}, {name}"] for name in (cams.GRAD, cams.XGRAD))
        gaps.append(np.abs(grad - other).max() / grad.max())
    assert same.here.high == pytest.approx(max(gaps))


def test_the_difference_of_two_maps_by_hand():
    one = np.array([[1.0, -4.0]], np.float32)
    assert cams.largest_difference(one, one + np.array([[0, 1]])) == 0.25
    assert cams.largest_difference(0 * one, 0 * one) == 0
    assert cams.largest_difference(0 * one, one) == np.inf


def test_agreement_with_shapley_values_is_that_of_loops(done):
    task = of(done, "4")
    steps = list(task.found.values())
    pairs = {
        "own": list(zip(steps, steps, strict=True)),
        "other": list(zip(steps, steps[1:] + steps[:1], strict=True)),
    }
    found = {name: [alike_by_hand(b["grad_cam"], a["shap"]) for a, b in each] for name, each in pairs.items()}
    own, other = np.array(found["own"]), np.array(found["other"])
    for place, row in enumerate(table_of(task).rows):
        assert row[1:4] == pytest.approx(interval(own[:, place]))
        assert row[4] == pytest.approx(other[:, place].mean())
        assert row[5:] == pytest.approx(interval(own[:, place] - other[:, place]))


def alike_by_hand(cam, shap):
    """Spearman's rho of the pixels, and the overlap of the fifth of the pixels that is highest."""
    full = bilinear(cam, shap.shape)
    tops = []
    for values in (full, shap):
        level = np.sort(values, axis=None)[-round(values.size / 5)]
        tops.append((values >= level) & (values > 0))
    return spearmanr(full.ravel(), shap.ravel()).statistic, (tops[0] & tops[1]).sum() / (
        tops[0] | tops[1]
    ).sum()


def test_one_picture_has_no_control(done):
    task = of(done, "4")
    step, values = next(iter(task.found.items()))
    outcome = shapley.conclude(task.bench, {step: values})
    assert np.isnan(outcome.blocks[1].rows[0][4])
    assert not any(clause.decided for clause in outcome.clauses)


def test_the_network_and_the_pictures_are_replaced_together(shared_data, monkeypatch, tmp_path):
    """With the pictures alone, or the weights alone, both are stand-ins: they belong together."""
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    task = find_study("cifar10").task("1b")
    setup = settle(task, shared_data / "cifar10")
    assert (setup.model, setup.pictures) == ("efficientnet_lite0", "corrupted")
    assert [one.label for one in setup.missing] == ["ResNet-20, CIFAR-10"]
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(shared_data / "cifar10"))
    assert settle(task, tmp_path).pictures == "corrupted"
    whole = settle(task, shared_data / "cifar10")
    assert (whole.model, len(whole.examples), whole.missing) == ("resnet20_cifar10", 1000, ())


# --- real photographs, with other code from the file to the table


@pytest.fixture(scope="module")
def real(shared_data, tmp_path_factory):
    """ResNet-20 on the first pictures of CIFAR-10."""
    recipe = recipe_on("resnet20_cifar10", "cifar10", ("layer2", "layer3"), 10)
    options = Options(data=shared_data / "cifar10", limit=LOOKED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XAI_WEIGHTS_DIR", str(shared_data / "cifar10"))
        return run(recipe, tmp_path_factory.mktemp("cifar"), options)


@pytest.fixture(scope="module")
def looked(real):
    """Inputs read from the files by other code, the network, and its logits."""
    from PIL import Image

    bench, mean, std = of(real, "1a").bench, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    pixels = np.stack(
        [np.asarray(Image.open(e.source).convert("RGB"), np.float32) / 255 for e in bench.examples]
    )
    x = torch.from_numpy((pixels - np.float32(mean)) / np.float32(std)).permute(0, 3, 1, 2).contiguous()
    with bench.handle.session() as net, torch.inference_mode():
        return x, net(x)


@pytest.mark.peers
def test_real_accuracy(real, looked):
    task, (_, logits) = of(real, "1a"), looked
    hits = [float(int(row.argmax()) == e.target) for row, e in zip(logits, task.bench.examples, strict=True)]
    assert 0 < sum(hits) < LOOKED
    assert table_of(task).rows[0][2:5] == pytest.approx(wilson(hits))
    assert [row[1] for row in table_of(task).rows[1:]] == [2] * 5 + [1] * 5


def theirs(handle, layer, x, target, cls):
    """pytorch-grad-cam's map (h, w) before ReLU, resize and scaling."""
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    with handle.session() as net:
        cam = cls(net, [net.get_submodule(layer)])
        kept, make = [], cam.get_cam_image
        cam.get_cam_image = lambda *given: kept.append(make(*given)) or kept[-1]
        try:
            cam(x[None].clone().requires_grad_(), [ClassifierOutputTarget(target)])
        finally:
            cam.activations_and_grads.release()
    return np.asarray(kept[0])[0]


@pytest.mark.peers
def test_real_methods_are_those_of_pytorch_grad_cam(real, looked):
    peer = pytest.importorskip("pytorch_grad_cam")
    classes = {cams.GRAD: peer.GradCAM, cams.PLUS: peer.GradCAMPlusPlus, cams.XGRAD: peer.XGradCAM}
    task, (x, logits) = of(real, "3"), looked
    handle, said = task.bench.handle, logits.argmax(1).tolist()
    rows = {row[:2]: row[2:] for row in table_of(task).rows}
    for layer in ("layer2", "layer3"):
        maps = {
            name: [np.maximum(theirs(handle, layer, x[n], said[n], cls), 0) for n in range(LOOKED)]
            for name, cls in classes.items()
        }
        for name, own in maps.items():
            pairs = zip(own, maps[cams.GRAD], strict=True)
            alike = [spearmanr(a.ravel(), b.ravel()).statistic for a, b in pairs]
            drops = [drop_by_hand(handle, task.bench.image(n), said[n], own[n]) for n in range(LOOKED)]
            row = rows[layer, name]
            assert row[0] == pytest.approx(np.nanmean(alike), abs=1e-3)  # rounding swaps cells that tie
            assert row[2:] == pytest.approx(interval(drops), abs=1e-3)


@pytest.mark.peers
def test_real_right_and_wrong(real, looked):
    peer = pytest.importorskip("pytorch_grad_cam")
    task, (x, logits) = of(real, "2"), looked
    right = np.array(
        [int(row.argmax()) == e.target for row, e in zip(logits, task.bench.examples, strict=True)]
    )
    numbers = []
    for n in range(LOOKED):
        first, second = logits[n].topk(2).indices.tolist()
        one, other = (
            theirs(task.bench.handle, "layer3", x[n], target, peer.GradCAM) for target in (first, second)
        )
        values = np.sort(np.maximum(one, 0).ravel().astype(float))
        spread = sum((2 * k - 65) * v for k, v in enumerate(values, 1)) / (64 * values.sum())
        numbers.append((spread, values.max(), spearmanr(one.ravel(), other.ravel()).statistic))
    numbers, rows = np.array(numbers), table_of(task).rows
    for place, row in ((0, rows[0]), (1, rows[2]), (2, rows[3])):
        inside, outside = numbers[right, place].mean(), numbers[~right, place].mean()
        assert row[1:4] == pytest.approx((inside, outside, inside - outside), abs=1e-3)


@pytest.mark.peers
def test_real_agreement_with_shapley_values(real, looked):
    peer = pytest.importorskip("pytorch_grad_cam")
    task, (x, logits) = of(real, "4"), looked
    steps = list(task.found.items())
    own = []
    for step, values in steps:
        n = step.picture
        cam = theirs(task.bench.handle, "layer3", x[n], int(logits[n].argmax()), peer.GradCAM)
        own.append(alike_by_hand(cam, values["shap"]))
    for place, row in enumerate(table_of(task).rows):
        assert row[1:4] == pytest.approx(interval([each[place] for each in own]), abs=2e-3)


# --- the exported study computes itself again


@pytest.fixture
def unpacked(done, tmp_path):
    """The ZIP of the parts that look at all pictures at once."""
    few = tuple(of(done, key) for key in ("1a", "2"))
    with zipfile.ZipFile(io.BytesIO(report_zip(dataclasses.replace(done, tasks=few)))) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_a_planted_wrong_number_is_flagged(unpacked, capsys):
    recipe = recipe_on("tiny_cnn_shapes", "shapes", LAYERS)
    assert reproduce.main(unpacked, lambda key: recipe) == 0
    assert "2 of 2 tasks reproduced" in capsys.readouterr().out
    file = unpacked / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest["tasks"][0]["numbers"]["findings"]["accuracy"][0] += 0.1
    file.write_text(json.dumps(manifest))
    step = unpacked / manifest["tasks"][1]["steps"][0]["file"]
    values = dict(unpacked_values(step.read_bytes()))
    values["maps"] = values["maps"].copy()
    values["maps"][1, 0, 2, 3] += 1e-3 * np.abs(values["maps"]).max()
    step.write_bytes(packed(values))
    assert reproduce.main(unpacked, lambda key: recipe) == 1
    said = capsys.readouterr().out
    assert "findings accuracy 1: DIFFERS" in said
    assert f"{step.relative_to(unpacked)}: maps DIFFERS" in said
    assert "0 of 2 tasks reproduced" in said
