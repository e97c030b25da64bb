"""Every source of labelled pictures, from small files made here and from the real ones."""

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

import xai_core as xai
from xai_core.datasets import Dataset, corrupted, mosaics, open_dataset
from xai_core.inputs.corruptions import KINDS, corrupt
from xai_core.types import Box

LABELS = ("cat", "dog", "golden retriever")


def paint(path, size=(40, 30)):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def test_a_subfolder_for_each_class(tmp_path):
    for name in ("cat/1.png", "cat/2.jpg", "golden_retriever/a.png", "n01440764/x.png", "dog/notes.txt"):
        paint(tmp_path / name) if not name.endswith("txt") else (tmp_path / "dog").mkdir()
    found = open_dataset(tmp_path, LABELS)
    assert [(e.name, e.target) for e in found.examples] == [
        ("cat/1.png", 0),
        ("cat/2.jpg", 0),
        ("golden_retriever/a.png", 2),
        ("n01440764/x.png", 0),
    ]
    assert found.examples[0].image().pixels.shape == (30, 40, 3)


def test_a_class_map(tmp_path):
    paint(tmp_path / "data" / "hound" / "1.png")
    paint(tmp_path / "data" / "puss" / "1.png")
    table = tmp_path / "map.csv"
    table.write_text("name,class\nhound,1\npuss,cat\n")
    assert [e.target for e in open_dataset(tmp_path / "data", LABELS, table).examples] == [1, 0]
    assert [e.target for e in open_dataset(tmp_path / "data", LABELS, {"hound": 2, "puss": 0}).examples] == [
        2,
        0,
    ]
    inline = open_dataset(tmp_path / "data", LABELS, "hound=1, puss=cat")
    assert [e.target for e in inline.examples] == [1, 0]
    with pytest.raises(xai.InputError, match="accepted is a CSV or kangaroo=104"):
        open_dataset(tmp_path / "data", LABELS, "hound=1,puss")
    with pytest.raises(xai.InputError, match="'hound' is no class of the model"):
        open_dataset(tmp_path / "data", LABELS)
    with pytest.raises(xai.InputError, match="gives 'hound' the class '9'"):
        open_dataset(tmp_path / "data", LABELS, {"hound": "9"})
    with pytest.raises(xai.InputError, match="There is no class map"):
        open_dataset(tmp_path / "data", LABELS, tmp_path / "none.csv")


def test_wordnet_ids(tmp_path):
    paint(tmp_path / "n07742313_Granny_Smith.png")
    paint(tmp_path / "holiday.png")
    found = open_dataset(tmp_path, LABELS)
    assert [e.target for e in found.examples] == [948]
    assert found.notes == ("1 pictures carry no WordNet id and are left out.",)


def voc_xml(objects, filename="1.png", size=(40, 30)):
    parts = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{b[0]}</xmin><ymin>{b[1]}</ymin><xmax>{b[2]}</xmax>"
        f"<ymax>{b[3]}</ymax></bndbox></object>"
        for name, b in objects
    )
    stated = f"<size><width>{size[0]}</width><height>{size[1]}</height></size>" if size else ""
    return f"<annotation><filename>{filename}</filename>{stated}{parts}</annotation>"


def test_voc_boxes_follow_the_picture_size(tmp_path):
    paint(tmp_path / "images" / "1.png", (80, 60))
    (tmp_path / "annots").mkdir()
    objects = [("dog", (1, 2, 11, 12)), ("cat", (0, 0, 5, 5)), ("dog", (20, 10, 40, 30))]
    (tmp_path / "annots" / "1.xml").write_text(voc_xml(objects))
    (tmp_path / "annots" / "2.xml").write_text(voc_xml(objects, "gone.png"))
    found = open_dataset(tmp_path, LABELS)
    (example,) = found.examples
    assert example.target == 1
    assert example.image().boxes == (Box("dog", 2, 4, 22, 24), Box("dog", 40, 20, 80, 60))
    assert found.notes == ("1 annotation has no picture or no object and is left out: 2.xml.",)


def test_broken_annotations_are_named_and_left_out(tmp_path):
    paint(tmp_path / "images" / "1.png")
    whole = voc_xml([("dog", (1, 2, 11, 12))])
    broken = {
        "2.xml": "<annotation>",
        "3.xml": "<annotation><object><name>cat</name></object></annotation>",
        "4.xml": voc_xml([("cat", ("left", 0, 5, 5))]),
        "5.xml": whole.replace("<width>40", "<width>wide"),
        "6.xml": '<?xml version="1.0" encoding="klingon"?>' + whole,
    }
    (tmp_path / "annots").mkdir()
    for name, text in {"1.xml": whole, **broken}.items():
        (tmp_path / "annots" / name).write_text(text)
    found = open_dataset(tmp_path, LABELS)
    assert [e.name for e in found.examples] == ["1.png"]
    assert found.notes == ("5 annotations cannot be read and are left out: 2.xml, 3.xml, 4.xml, ...",)
    (tmp_path / "annots" / "1.xml").write_text("")
    with pytest.raises(xai.InputError, match="holds no labelled picture"):
        open_dataset(tmp_path, LABELS)


def test_coco_boxes(tmp_path):
    paint(tmp_path / "1.png")
    data = {
        "categories": [{"id": 5, "name": "dog"}, {"id": 6, "name": "cat"}],
        "images": [
            {"id": 1, "file_name": "1.png", "width": 40, "height": 30},
            {"id": 2, "file_name": "gone.png"},
        ],
        "annotations": [
            {"image_id": 1, "category_id": 6, "bbox": [0, 0, 3, 3]},
            {"image_id": 1, "category_id": 5, "bbox": [4, 5, 20, 10]},
        ],
    }
    file = tmp_path / "instances.json"
    file.write_text(json.dumps(data))
    (example,) = open_dataset(file, LABELS).examples
    assert example.target == 1
    assert example.image().boxes == (Box("dog", 4, 5, 24, 15),)
    file.write_text("{}")
    with pytest.raises(xai.InputError, match="is no COCO file"):
        open_dataset(file, LABELS)


def test_nih_boxes_on_deep_greys(tmp_path, shared_data):
    """The real list, on pictures of 1024 x 1024 and of half that, with 16 bits of grey."""
    text = (shared_data / "chestxray14" / "BBox_List_2017.csv").read_text()
    (tmp_path / "BBox_List_2017.csv").write_text(text)
    labels = (
        "Atelectasis",
        "Cardiomegaly",
        "Effusion",
        "Infiltration",
        "Mass",
        "Nodule",
        "Pneumonia",
        "Pneumothorax",
    )
    first = text.splitlines()[1].split(",")
    for name, side in ((first[0], 1024), (text.splitlines()[2].split(",")[0], 512)):
        grey = np.random.default_rng(0).integers(0, 65536, (side, side), dtype=np.uint16)
        Image.fromarray(grey).save(tmp_path / name)
    found = open_dataset(tmp_path / "BBox_List_2017.csv", labels)
    full = next(e for e in found.examples if e.source.endswith(first[0]))
    image = full.image()
    x, y, w, h = (float(v) for v in first[2:6])
    assert full.label == "Atelectasis"
    assert image.boxes == (Box("Atelectasis", x, y, x + w, y + h),)
    assert image.pixels.dtype == np.uint8
    half = next(e for e in found.examples if not e.source.endswith(first[0])).image()
    assert max(half.boxes[0].x1, half.boxes[0].y1) <= 512


def test_the_digest_is_that_of_what_is_measured(tmp_path):
    for folder in ("a", "b"):
        paint(tmp_path / folder / "data" / "cat" / "1.png")
        paint(tmp_path / folder / "data" / "dog" / "1.png")
    first = open_dataset(tmp_path / "a" / "data", LABELS)
    assert first.digest() == open_dataset(tmp_path / "b" / "data", LABELS).digest(), "moved"
    assert first.digest() != open_dataset(tmp_path / "a" / "data", LABELS, "cat=2").digest()
    boxed = dataclasses.replace(first.examples[0], boxes=(Box("cat", 0, 0, 1, 1),))
    assert first.digest() != Dataset("data", (boxed, first.examples[1])).digest()
    assert first.digest() != Dataset("data", first.examples[:1]).digest()
    paint(tmp_path / "a" / "data" / "cat" / "1.png", (41, 30))
    assert first.digest() != open_dataset(tmp_path / "b" / "data", LABELS).digest()


def test_the_kangaroos(shared_data, lite0):
    found = open_dataset(shared_data / "kangaroo", lite0.labels, {"kangaroo": 104})
    assert len(found.examples) == 99
    assert {e.target for e in found.examples} == {104}
    assert any(len(e.boxes) > 1 for e in found.examples)
    for example in found.examples[::20]:
        image = example.image("pad")
        height, width = image.pixels.shape[:2]
        assert all(0 <= b.x0 < b.x1 <= width and 0 <= b.y0 < b.y1 <= height for b in image.boxes)


def test_sets_that_need_no_data(lite0):
    pairs = mosaics().examples
    assert len(pairs) == 20  # five samples of a known class, in pairs, each of the two once
    one = pairs[0]
    image = one.image()
    assert image.boxes == (Box(one.label, 0, 0, 256, 512),)
    bad = corrupted((1, 5)).examples
    assert len(bad) == 5 * (1 + 2 * len(KINDS))
    assert bad[0].targets == (281, 282, 285)
    wrong = [e for e in bad if xai.predict(lite0, e.image(), 1)[0].index not in e.targets]
    assert 5 <= len(wrong) <= len(bad) - 10, "some right, some wrong"
    assert open_dataset("mosaics", lite0.labels).examples == pairs


@pytest.mark.parametrize("kind", KINDS)
def test_corruptions_grow_and_are_the_same_each_time(kind):
    pixels = xai.load_sample("chelsea").pixels
    gaps = []
    for strength in range(1, 6):
        found = corrupt(pixels, kind, strength)
        assert found.shape == pixels.shape
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, corrupt(pixels, kind, strength))
        gaps.append(float(np.abs(found.astype(int) - pixels).mean()))
    assert gaps[0] > 0
    assert gaps[-1] > gaps[0]
    if kind != "rotation":
        assert gaps == sorted(gaps)


def test_refusals(tmp_path):
    pixels = np.zeros((10, 10, 3), np.uint8)
    with pytest.raises(xai.InputError, match="corruption is 'fog'"):
        corrupt(pixels, "fog", 1)
    with pytest.raises(xai.InputError, match="strength is 6"):
        corrupt(pixels, "noise", 6)
    with pytest.raises(xai.InputError, match="There is no folder"):
        open_dataset(tmp_path / "none", LABELS)
    with pytest.raises(xai.InputError, match="holds no labelled picture"):
        open_dataset(tmp_path, LABELS)


def test_what_a_picture_is_made_of():
    made = {example.name: example for example in [*mosaics().examples, *corrupted((1,)).examples]}
    assert next(iter(mosaics().examples)).photographs == tuple(
        next(iter(mosaics().examples)).source.split("+")
    )
    assert all(example.photographs == (example.source,) for example in corrupted((1,)).examples)
    assert len({p for example in made.values() for p in example.photographs}) == 5
