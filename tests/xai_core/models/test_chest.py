"""The chest X-ray network: the names in its checkpoint, sigmoid scores, and the path from the list of boxes
to a table."""

import re

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

import xai_core as xai
from xai_core.datasets import open_dataset
from xai_core.evaluation.evaluate import Plan, evaluate
from xai_core.inputs.views import view_boxes
from xai_core.models import on_this_machine
from xai_core.models.chest import LABELS

KEY = "densenet121_chestxray14"


@pytest.fixture(scope="module")
def plain():
    from torchvision.models import densenet121

    torch.manual_seed(11)
    return densenet121(num_classes=14).state_dict()


@pytest.fixture(scope="module")
def chest():
    return xai.load_model(KEY, device="cpu", weights="random")


def dotted(state):
    """Names as torchvision gave them before 0.2: norm.1 for norm1; its batch norms counted nothing."""
    return {
        re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", key): value
        for key, value in state.items()
        if not key.endswith("num_batches_tracked")
    }


def published(state):
    """As the checkpoint of arnoweng/CheXNet has them."""
    wrapped = {
        "module.densenet121." + key.replace("classifier.", "classifier.0."): value
        for key, value in dotted(state).items()
    }
    assert "module.densenet121.features.denseblock1.denselayer1.norm.1.weight" in wrapped
    assert "module.densenet121.classifier.0.weight" in wrapped
    return {"epoch": 5, "arch": "densenet121", "state_dict": wrapped, "best_loss": 0.1}


@pytest.mark.parametrize("name", [f"{KEY}.pth.tar", "model.pth.tar"])
@pytest.mark.parametrize("zipped", [True, False])
def test_the_published_checkpoint(name, zipped, folders, plain):
    assert not on_this_machine(KEY)
    torch.save(published(plain), folders["mine"] / name, _use_new_zipfile_serialization=zipped)
    assert on_this_machine(KEY)
    with xai.load_model(KEY, "cpu").session() as net:
        loaded = net.state_dict()
    assert loaded.keys() == plain.keys()
    assert all(torch.equal(loaded[key], value) for key, value in plain.items())


def test_plain_names_and_safetensors(folders, plain):
    save_file(plain, folders["mine"] / f"{KEY}.safetensors")
    with xai.load_model(KEY, "cpu").session() as net:
        assert torch.equal(net.classifier.weight, plain["classifier.weight"])
    save_file(
        {key: value for key, value in plain.items() if key != "classifier.bias"},
        folders["mine"] / f"{KEY}.safetensors",
    )
    with pytest.raises(xai.InputError, match=f"weights of {KEY}: it belongs to another network"):
        xai.load_model(KEY, "cpu")


def test_old_names_of_torchvisions_own_file(folders):
    """torchvision publishes its DenseNets under the old names to this day."""
    from torchvision.models import densenet121

    torch.manual_seed(12)
    state = densenet121(weights=None).state_dict()
    torch.save(dotted(state), folders["mine"] / "densenet121-a639ec97.pth")
    with xai.load_model("densenet121", "cpu").session() as net:
        loaded = net.state_dict()
    assert all(torch.equal(loaded[key], value) for key, value in state.items())


def test_scores_are_sigmoids_of_the_logits(chest):
    scores = xai.predict(chest, xai.load_sample("camera"), top=14)
    assert [LABELS[score.index] for score in scores] == [score.label for score in scores]
    for score in scores:
        assert score.probability == pytest.approx(1 / (1 + np.exp(-score.logit)), rel=1e-6)
    e = xai.explain(chest, xai.load_sample("camera"), "grad_cam", target=13)
    assert (e.label, e.heatmap.shape) == ("Hernia", (7, 7))
    assert e.probability == pytest.approx(1 / (1 + np.exp(-e.logit)), rel=1e-6)


@pytest.fixture
def hospital(tmp_path, shared_data):
    """The real list of boxes beside four random pictures of 1024 x 1024, of 8 and of 16 bits, in images/."""
    text = (shared_data / "chestxray14" / "BBox_List_2017.csv").read_text()
    (tmp_path / "BBox_List_2017.csv").write_text(text)
    (tmp_path / "images").mkdir()
    rows = [line.split(",") for line in text.splitlines()[1:]]
    chosen = {row[1]: row for row in reversed(rows)}  # the first row of each finding
    picked = [chosen[name] for name in ("Atelectasis", "Cardiomegaly", "Infiltrate", "Pneumothorax")]
    random = np.random.default_rng(0)
    for number, row in enumerate(picked):
        kind, top = (np.uint16, 65536) if number % 2 else (np.uint8, 256)
        grey = np.kron(random.integers(0, top, (64, 64)), np.ones((16, 16))).astype(kind)
        Image.fromarray(grey).save(tmp_path / "images" / row[0])
    return tmp_path / "BBox_List_2017.csv", picked


def test_boxes_lie_right_on_the_grid(hospital, chest):
    """1024 pixels become 256, of which the middle 224 are seen: x / 4 - 16, cut at 0 and 224."""
    file, picked = hospital
    examples = {(e.source.rsplit("/", 1)[1], e.label): e for e in open_dataset(file, chest.labels).examples}
    for row in picked:
        name = {"Infiltrate": "Infiltration"}.get(row[1], row[1])
        example = examples[row[0], name]
        assert example.target == LABELS.index(name)
        image = example.image()
        (box,) = view_boxes(image, chest.grid)
        x, y, w, h = (float(value) for value in row[2:6])
        expected = np.clip(np.array([x, y, x + w, y + h]) / 4 - 16, 0, 224)
        np.testing.assert_allclose((box.x0, box.y0, box.x1, box.y1), expected, atol=1e-3)
        with Image.open(example.source) as stored:
            grey = np.asarray(stored).astype(float)
        deep = grey.max() > 255
        np.testing.assert_array_equal(image.pixels[..., 0], np.rint(grey / 257) if deep else grey)
        assert image.pixels.min() < 20
        assert image.pixels.max() > 235


def test_measured_over_the_list(hospital, chest, tmp_path):
    file, picked = hospital
    dataset = open_dataset(file, chest.labels)
    metrics = ("pointing", "energy", "activated_share", "iou")
    plan = Plan(("grad_cam", "centre"), metrics)
    rows = evaluate(chest, dataset, plan, tmp_path / "out.parquet")
    assert len(rows) == len(dataset.examples) * 2 * len(metrics)
    assert len(dataset.examples) >= len(picked)
    centre = rows[rows["method"] == "centre"]
    assert centre["value"].notna().all()
    assert rows["value"].dropna().between(0, 1).all()
    assert rows["probability"].between(0, 1).all()


def test_a_finding_that_the_model_does_not_know(hospital):
    with pytest.raises(xai.InputError, match="The dataset's class 'Atelectasis' is no class of the model"):
        open_dataset(hospital[0], ("cat", "dog"))
