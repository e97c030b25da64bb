"""Maps as pictures: exact colours, shared limits, raw values on hover."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from xai_core import Explanation, InputError
from xai_core.figures import (
    DIVERGING,
    SEQUENTIAL,
    Look,
    Scale,
    colour_table,
    draw_boxes,
    encode,
    heatmap_figure,
    limits,
    overlay,
    top_classes,
)
from xai_core.types import Box, ClassScore, Params


def explanation(values, signed=False, view=(6, 8)) -> Explanation:
    heatmap = np.array(values, dtype=np.float32)
    params = Params({"relu": not signed})
    return Explanation(heatmap, "grad_cam", 3, "cat", "layer4", params, signed, 1.0, 0.5, 1, 0.01, view)


GREY = np.full((6, 8, 3), 100, np.uint8)


@pytest.mark.parametrize("name", SEQUENTIAL + DIVERGING)
def test_tables_have_256_colours_and_move_in_small_steps(name):
    table = colour_table(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert np.abs(np.diff(table.astype(int), axis=0)).max() <= 8


@pytest.mark.parametrize("name", ["magma", "viridis", "inferno", "cividis"])
def test_sequential_tables_get_brighter_all_the_way(name):
    brightness = colour_table(name).astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(brightness) > -0.6).all()
    assert brightness[-1] - brightness[0] > 150


@pytest.mark.parametrize("name", DIVERGING)
def test_diverging_tables_are_palest_in_the_middle(name):
    brightness = colour_table(name).astype(float) @ [0.2126, 0.7152, 0.0722]
    assert 118 <= int(brightness.argmax()) <= 138
    assert brightness[127] > 225


def test_rdbu_is_blue_white_red():
    table = colour_table("rdbu").astype(int)
    assert table[0][2] > table[0][0] + 80
    assert table[255][0] > table[255][2] + 80
    assert table[127].min() > 240


def test_unknown_scale_and_opacity_are_refused():
    with pytest.raises(InputError, match="There is no colour scale 'rainbow'; accepted are magma"):
        colour_table("rainbow")
    with pytest.raises(InputError, match=r"opacity is 1\.5; a number from 0 to 1 is accepted"):
        Look(opacity=1.5)


def test_limits_start_at_zero_or_are_symmetric():
    assert limits([explanation([[0.5, 2.0]])]) == Scale(0.0, 2.0)
    assert limits([explanation([[-3.0, 2.0]], signed=True)]) == Scale(-3.0, 3.0)
    assert limits([explanation([[1.0]]), explanation([[4.0]])]) == Scale(0.0, 4.0, maps=2)
    assert limits([explanation([[0.0, 0.0]])]) == Scale(0.0, 1.0)


def test_opacity_zero_is_the_picture_and_one_the_scale():
    e = explanation([[0.0, 1.0], [0.5, 0.25]])
    assert (overlay(GREY, e, Look(opacity=0, form="blend")) == GREY).all()
    drawn = overlay(GREY, e, Look(opacity=1, smooth=False, form="blend"))
    table = colour_table("inferno")
    assert (drawn[0, 0] == table[0]).all()
    assert (drawn[0, 7] == table[255]).all()
    assert (drawn[5, 0] == table[128]).all()
    assert (drawn[5, 7] == table[64]).all()
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) == 4


def test_half_opacity_is_the_mean_of_both():
    e = explanation([[1.0]])
    expected = np.rint(0.5 * 100 + 0.5 * colour_table("viridis")[255].astype(float))
    assert (overlay(GREY, e, Look("viridis", opacity=0.5, form="blend"))[2, 3] == expected).all()


def test_a_signed_map_never_gets_a_sequential_scale():
    e = explanation([[-1.0, 0.0, 1.0]], signed=True)
    drawn = overlay(GREY, e, Look(opacity=1, smooth=False, form="blend"))
    table = colour_table("rdbu")
    assert (drawn[0, 0] == table[0]).all()
    assert (drawn[0, 4] == table[128]).all()
    assert (drawn[0, 7] == table[255]).all()


def test_shared_limits_make_maps_comparable():
    weak, strong = explanation([[1.0]]), explanation([[4.0]])
    shared = limits([weak, strong])
    look = Look(opacity=1, form="blend")
    assert (overlay(GREY, weak, look, shared)[0, 0] == colour_table("inferno")[64]).all()
    assert (overlay(GREY, strong, look, shared)[0, 0] == colour_table("inferno")[255]).all()


def test_cells_of_a_non_square_map():
    e = explanation(np.arange(6).reshape(2, 3), view=(6, 9))
    drawn = overlay(np.zeros((6, 9, 3), np.uint8), e, Look(opacity=1, smooth=False))
    for row in range(2):
        for column in range(3):
            block = drawn[row * 3 : row * 3 + 3, column * 3 : column * 3 + 3].reshape(-1, 3)
            assert len(np.unique(block, axis=0)) == 1


def test_encode_png_is_exact_and_jpeg_small():
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    assert (np.asarray(Image.open(io.BytesIO(encode(pixels)))) == pixels).all()
    assert len(encode(pixels, "JPEG")) < len(encode(pixels))


def test_boxes_are_outlined_inside_the_picture():
    view = np.zeros((60, 90, 3), np.uint8)
    drawn = draw_boxes(view, [Box("", 10, 20, 50, 40)])
    assert (drawn[20, 10:50] == 255).all()
    assert (drawn[39, 10:50] == 255).all()
    assert (drawn[:20] == 0).all()
    assert not view.any()


def test_heatmap_figure_hovers_over_raw_cells_in_pixels():
    e = explanation([[0.0, 1.5, 3.0], [0.1, 0.2, 0.3]], view=(100, 150))
    figure = heatmap_figure(np.zeros((200, 300, 3), np.uint8), e, Look())
    cells = figure.data[0]
    assert np.array_equal(cells.z, e.heatmap)
    assert (cells.x0, cells.dx, cells.y0, cells.dy) == (25, 50, 25, 50)
    assert (figure.layout.xaxis.range, figure.layout.yaxis.range) == ((0, 150), (100, 0))
    source = re.sub("^data:image/png;base64,", "", figure.layout.images[0].source)
    assert Image.open(io.BytesIO(base64.b64decode(source))).size == (300, 200)
    assert (figure.data[1].marker.cmin, figure.data[1].marker.cmax) == (0.0, 3.0)


def test_top_classes_marks_the_chosen_one():
    scores = [
        ClassScore(7, "cat", 3.0, 0.75),
        ClassScore(2, "dog", 1.0, 0.2),
        ClassScore(9, "owl", -4, 0.0004),
    ]
    figure = top_classes(scores, 2, "#123456", "#cccccc", "#000000")
    bars = figure.data[0]
    assert list(bars.y) == ["9", "2", "7"]
    assert list(bars.x) == [0.0004, 0.2, 0.75]
    assert list(bars.marker.color) == ["#cccccc", "#123456", "#cccccc"]
    texts = [a.text for a in figure.layout.annotations]
    assert "75.0 %" in texts
    assert "< 0.1 %" in texts
