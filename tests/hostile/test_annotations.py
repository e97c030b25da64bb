"""A broken annotation file is one sentence; of one that can be read, what cannot be used is left out."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import xai_core as xai
from tests.pages.conftest import html
from xai_core.datasets import open_dataset
from xai_core.types import Box

pytestmark = pytest.mark.hostile
LABELS = ("cats", "dogs")
SIZE = (30, 20)
HEADER = "Image Index,Finding Label,Bbox [x,y,w,h],,,\n"
BROKEN_BOXES = {
    "words": ["1", "2", "3", "4"],
    "three": [1, 2, 3],
    "nothing": None,
    "an object": {"x": 1},
    "truth values": [True] * 4,
    "not a number": [0, 0, math.nan, 1],
    "infinite": [0, 0, math.inf, 1],
    "no area": [3, 3, 0, 5],
    "negative": [9, 9, -5, -5],
    "huge": [0, 0, 1e300, 1e300],
    "more than a float": [10**400, 0, 1, 1],
    "right of the picture": [30, 0, 5, 5],
    "below the picture": [0, 20, 5, 5],
    "left of the picture": [-9, 0, 9, 5],
}


def coco_of(**parts):
    whole = {
        "images": [{"id": 1, "file_name": "a.png", "width": 30, "height": 20}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [2, 3, 9, 8]}],
        "categories": [{"id": 1, "name": "cats"}],
    }
    return whole | parts


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("set")
    Image.new("RGB", SIZE).save(made / "a.png")
    return made


def opened(folder, content, name="boxes.json"):
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return open_dataset(file, LABELS)


@pytest.mark.parametrize("case", BROKEN_BOXES)
def test_a_broken_box_is_left_out_and_the_others_stay(case, folder):
    fine = coco_of()["annotations"]
    bad = {"image_id": 1, "category_id": 1, "bbox": BROKEN_BOXES[case]}
    found = opened(folder, coco_of(annotations=[*fine, bad]))
    assert found.notes == ("1 annotation cannot be used and is left out: number 2.",)
    assert found.examples[0].boxes == (Box("cats", 2, 3, 11, 11),)
    with pytest.raises(xai.InputError, match=r"no labelled picture.*\. 1 annotation cannot be used"):
        opened(folder, coco_of(annotations=[bad]))


def test_a_box_that_reaches_over_the_edge_is_one(folder):
    note = {"image_id": 1, "category_id": 1, "bbox": [-1, 19, 40, 5]}
    found = opened(folder, coco_of(annotations=[note]))
    assert found.notes == ()
    assert found.examples[0].boxes == (Box("cats", -1, 19, 39, 24),)


@pytest.mark.parametrize(
    "picture", [7, {}, {"id": 1}, {"id": [1], "file_name": "a.png"}, {"id": 1, "file_name": 7}]
)
def test_a_picture_without_a_name_or_a_number_is_left_out(picture, folder):
    fine = coco_of()["images"]
    found = opened(folder, coco_of(images=[picture, *fine]))
    assert found.notes == ("1 picture cannot be used and is left out: number 1.",)
    assert [one.name for one in found.examples] == ["a.png"]


@pytest.mark.parametrize("sides", [(0, 20), (-30, 20), ("30", 20), (30, None), (10**9, 20), (math.nan, 1)])
def test_a_picture_of_no_size_is_left_out(sides, folder):
    broken = {"id": 1, "file_name": "a.png", "width": sides[0], "height": sides[1]}
    with pytest.raises(xai.InputError, match="1 picture cannot be used"):
        opened(folder, coco_of(images=[broken]))


WHOLE = {
    "nested without end": b"[" * 50_000_000,
    "a list": b"[]",
    "nothing": b"",
    "null": b"null",
    "no text": b"\xff\xfe\xfa",
    "a number of 10,000 digits": b'{"images":' + b"9" * 10_000 + b"}",
    "objects for lists": json.dumps(coco_of(annotations={"a": 1})).encode(),
    "null for lists": json.dumps(coco_of(images=None)).encode(),
    "no categories": json.dumps({"images": [], "annotations": []}).encode(),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_file_that_is_no_coco_is_one_sentence(case, folder):
    with pytest.raises(xai.InputError) as caught:
        opened(folder, WHOLE[case])
    assert str(caught.value) == (
        "boxes.json is no COCO file of instances, which is JSON with the lists images, annotations and "
        "categories."
    )


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def damaged(draw):
    """A COCO file in which one value, anywhere, is something else."""
    whole = coco_of()
    at = whole
    while True:
        key = draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not isinstance(at[key], (dict, list)) or draw(st.booleans()):
            at[key] = draw(anything)
            return whole
        at = at[key]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damaged())
def test_whatever_is_damaged_in_a_coco_file(folder, whole):
    try:
        text = json.dumps(whole).encode()
        found = opened(folder, text)
    except xai.InputError:
        return
    for one in found.examples:
        for box in one.image().boxes:
            assert -math.inf < box.x0 < box.x1 < math.inf
            assert -math.inf < box.y0 < box.y1 < math.inf
    assert len(found.digest()) == 16


BROKEN_ROWS = [
    "a.png",
    "a.png,cats,1,2,3",
    "a.png,cats,a,2,3,4",
    "a.png,cats,nan,2,3,4",
    "a.png,cats,1,2,inf,4",
]
BROKEN_ROWS += [
    "a.png,cats,1,2,-3,4",
    "a.png,cats,1,2,1e300,4",
    "a.png,cats,1024,2,3,4",
    ",,,,,",
    "a.png,cats,,,,",
]


@pytest.mark.parametrize("row", BROKEN_ROWS)
def test_a_broken_row_is_left_out_and_the_others_stay(row, folder):
    found = opened(folder, f"{HEADER}a.png,dogs,1,2,3,4\n{row}\n".encode(), "boxes.csv")
    assert found.notes == ("1 row cannot be used and is left out: line 3.",)
    assert [one.boxes for one in found.examples] == [(Box("dogs", 1, 2, 4, 6),)]


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00",
        f"{HEADER}a.png,cäts,1,2,3,4".encode("latin-1"),
        b"x" * 200_000,
        HEADER.encode("utf-16"),
    ],
    ids=["bytes", "latin-1", "a long field", "utf-16"],
)
def test_a_file_that_is_no_list_of_boxes_is_one_sentence(content, folder):
    with pytest.raises(xai.InputError) as caught:
        opened(folder, content, "boxes.csv")
    assert str(caught.value) == (
        "boxes.csv cannot be read as a list of boxes, which is CSV in UTF-8 with the columns picture, "
        "finding, x, y, width and height."
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(alphabet='a.pngcts,01-eN"\n\0 ', max_size=80).map(str.encode))
def test_whatever_stands_in_a_csv(folder, content):
    try:
        found = opened(folder, HEADER.encode() + content, "boxes.csv")
    except xai.InputError:
        return
    assert all(box.x1 - box.x0 > 0 for one in found.examples for box in one.boxes)


@pytest.mark.parametrize(
    "box",
    [
        "<xmin>nan</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax>",
        "<xmin>5</xmin><ymin>1</ymin><xmax>5</xmax>",
    ],
)
def test_a_voc_box_that_is_none_is_left_out(box, folder, tmp_path):
    (tmp_path / "annots").mkdir()
    Image.new("RGB", SIZE).save(tmp_path / "1.png")
    whole = "<xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax>"
    for name, sides in (("1", whole), ("2", box)):
        one = f"<annotation><object><name>cats</name><bndbox>{sides}</bndbox></object></annotation>"
        (tmp_path / "annots" / f"{name}.xml").write_text(one)
    found = open_dataset(tmp_path, LABELS)
    assert found.notes == ("1 annotation cannot be read and is left out: 2.xml.",)


@pytest.mark.parametrize("case", ["nested without end", "boxes", "rows"])
def test_the_page_says_it_in_one_sentence(case, open_app, tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_FOLDERS_ROOT", str(tmp_path))
    Image.new("RGB", SIZE).save(tmp_path / "a.png")
    bad = {"image_id": 1, "category_id": 1, "bbox": ["x", None, 3, 4]}
    content = {
        "nested without end": WHOLE["nested without end"],
        "boxes": json.dumps(coco_of(annotations=[bad])).encode(),
        "rows": f"{HEADER}a.png,cats,nan,2,3,4\n".encode(),
    }[case]
    name = "boxes.csv" if case == "rows" else "boxes.json"
    (tmp_path / name).write_bytes(content)
    app = open_app("localization", boxes_of="folder", labelled=name, class_map="cats=281")
    assert not app.exception
    said = [one.value for one in app.error]
    assert len(said) == 1, (said, html(app)[:500])
    assert str(tmp_path) not in said[0]
    assert ("is no COCO file" if case == "nested without end" else "cannot be used and is left out") in said[
        0
    ]
