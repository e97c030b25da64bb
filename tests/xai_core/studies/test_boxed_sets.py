"""Sets with boxes are found in the layouts in which they are published."""

import shutil

import pytest
from PIL import Image

from xai_core.studies.needs import Missing
from xai_core.studies.sets import find_set
from xai_core.types import Box, InputError

XML = """<annotation><size><width>80</width><height>40</height></size><object><name>{}</name>
<bndbox><xmin>8</xmin><ymin>4</ymin><xmax>40</xmax><ymax>36</ymax></bndbox></object></annotation>"""


def written(pictures, annotations, name):
    for folder in (pictures, annotations):
        folder.mkdir(parents=True)
    Image.new("RGB", (80, 40)).save(pictures / "a.JPEG")
    (annotations / "a.xml").write_text(XML.format(name))


def test_ilsvrc_is_read_as_it_is_published(tmp_path):
    find = find_set("ilsvrc").find
    assert find(tmp_path) is None
    home = tmp_path / "ILSVRC"
    written(home / "Data" / "CLS-LOC" / "val", home / "Annotations" / "CLS-LOC" / "val", "n02123045")
    (one,) = find(tmp_path)
    assert (one.targets, one.boxes, one.size) == ((281,), (Box("n02123045", 8, 4, 40, 36),), (80, 40))


def test_a_folder_of_ones_own_has_a_class_map(tmp_path):
    home = tmp_path / "ilsvrc"
    written(home / "images", home / "annots", "kangaroo")
    with pytest.raises(
        InputError, match="class 'kangaroo' is no class of the model; name one in a class map"
    ):
        find_set("ilsvrc").find(tmp_path)
    (home / "classes.csv").write_text("kangaroo,104\n")
    (one,) = find_set("ilsvrc").find(tmp_path)
    assert one.targets == (104,)


def test_chest_pictures_lie_beside_their_list(tmp_path, shared_data):
    find = find_set("chestxray14").find
    shutil.copy(shared_data / "chestxray14" / "BBox_List_2017.csv", tmp_path)
    assert find(tmp_path) is None
    (tmp_path / "images").mkdir()
    Image.new("L", (64, 64)).save(tmp_path / "images" / "00013118_008.png")
    (one,) = find(tmp_path)
    assert (one.label, one.targets) == ("Atelectasis", (0,))


def test_mosaics_explain_each_photograph_once(tmp_path):
    found = find_set("pairs").find(tmp_path)
    assert len({one.photographs[0] for one in found}) == len(found) == 5
    for one in found:
        (box,) = one.image().boxes
        assert box.label == one.label
        assert box.x0 == 0
        assert 2 * box.x1 == one.image().pixels.shape[1]


@pytest.mark.parametrize(
    ("megabytes", "said"), [(6300, "(6,300 MB)"), (0.14, "(0.14 MB)"), (44.7, "(44.7 MB)")]
)
def test_sizes_are_plain_numbers(megabytes, said):
    assert said in str(Missing("VGG-16", "vgg16.pth", megabytes, "/weights", "EfficientNet-Lite0"))
