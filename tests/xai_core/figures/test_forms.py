"""The forms of a map over its picture, its scale, and a bar that is true of both."""

import numpy as np
import pytest

from xai_core import Explanation, InputError
from xai_core.figures import FORMS, Look, Scale, colour_table, forms, heatmap_figure, legend, limits, overlay
from xai_core.types import Params

VIEW = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def explanation(values, signed=False, view=(40, 60), method="grad_cam", **params) -> Explanation:
    heatmap = np.array(values, np.float32)
    return Explanation(heatmap, method, 3, "cat", "l", Params(params), signed, 1, 0.5, 1, 0.01, view)


def pixels(signed=False) -> Explanation:
    """A map of single pixels: nearly all of them small, one in two hundred 100 times as large."""
    values = np.full(2400, 0.01, np.float32)
    values[::200] = 1
    return explanation(values.reshape(40, 60), signed, method="gradient")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("signed", [False, True])
def test_every_form_draws_a_map_that_is_not_square(form, signed):
    e = explanation([[0, 1, -2 if signed else 2], [0, 0, 0]], signed)
    drawn = overlay(VIEW, e, Look(form=form))
    assert drawn.dtype == np.uint8
    assert drawn.shape == ((40, 60 * 2 + forms.GAP, 3) if form == "beside" else VIEW.shape)


def test_an_unknown_form_is_refused():
    with pytest.raises(InputError, match="form is 'wash'; accepted are value, contours, blend, beside"):
        Look(form="wash")


def test_where_the_map_is_zero_the_picture_is_grey_and_where_it_is_largest_coloured():
    drawn = overlay(VIEW, explanation([[0, 1]]), Look(smooth=False)).astype(int)
    assert (drawn[:, :30] == np.rint(forms.grey(VIEW))[:, :30, None]).all()
    expected = np.rint(0.3 * forms.grey(VIEW)[:, :, None] + 0.7 * colour_table("inferno")[255].astype(float))
    assert (drawn[:, 30:] == expected[:, 30:]).all()


def test_a_signed_map_is_as_opaque_as_its_size():
    drawn = overlay(VIEW, explanation([[-1, 0, 1]], True), Look(opacity=1, smooth=False)).astype(int)
    table = colour_table("rdbu").astype(int)
    assert (drawn[:, :20] == table[0]).all()
    assert (drawn[:, 20:40] == np.rint(forms.grey(VIEW))[:, 20:40, None]).all()
    assert (drawn[:, 40:] == table[255]).all()


def test_beside_leaves_the_picture_alone_and_shows_pure_colours():
    drawn = overlay(VIEW, explanation([[0, 1]]), Look(form="beside", smooth=False))
    assert (drawn[:, :60] == VIEW).all()
    assert (drawn[:, -1] == colour_table("inferno")[255]).all()


def test_contours_enclose_the_share_and_leave_the_rest_alone():
    ramp = np.linspace(0, 1, 60)[None, :].repeat(40, 0)
    drawn = overlay(VIEW, explanation(ramp), Look(form="contours"))
    assert (drawn[:, :45] == VIEW[:, :45]).all()  # the strongest fifth are the last twelve columns
    assert (drawn[20, 48:50] != VIEW[20, 48:50]).any()
    zero = overlay(VIEW, explanation(np.zeros((4, 6))), Look(form="contours"))
    assert (zero == VIEW).all()


@pytest.mark.parametrize("signed", [False, True])
def test_the_scale_of_single_pixels_ends_at_the_99th_percentile_and_says_so(signed):
    e, end = pixels(signed), float(np.float32(0.01))
    scale = limits([e])
    assert scale == Scale(-end if signed else 0.0, end, 99.0)
    assert scale.clipped
    said = legend(e, Look(), scale)
    assert said.note == "Ends at the 99th percentile of the map: larger values have the same colour"
    full = limits([e], full=True)
    assert (full.high, full.clipped) == (1.0, False)
    assert legend(e, Look(full=True), full).note == ""


def test_only_maps_of_single_pixels_are_clipped():
    values = np.full(100, 0.01)
    values[0] = 1
    assert limits([explanation(values.reshape(10, 10))]).high == 1
    assert limits([pixels(), explanation([[2.0]])]).high == 2  # one coarse map among them
    lone = np.zeros((40, 60), np.float32)
    lone[3, 3] = 5  # the percentile is zero, which is no end of a scale
    assert limits([explanation(lone)]) == Scale(0.0, 5.0)


def test_maps_on_one_scale_say_how_many_they_are():
    maps = [pixels(), pixels()]
    scale = limits(maps)
    note = legend(maps[0], Look(), scale).note
    assert note.startswith("One scale for 2 maps; ends at the 99th percentile of these 2 maps")


@pytest.mark.parametrize("form", ["value", "blend"])
@pytest.mark.parametrize("signed", [False, True])
def test_the_bar_has_the_colours_of_the_map_over_middle_grey(form, signed):
    look = Look(form=form, smooth=False)
    e = explanation([np.linspace(-1 if signed else 0, 1, 60)], signed)
    scale = limits([e])
    drawn = overlay(np.full((1, 60, 3), forms.GREY, np.uint8), e, look)
    assert (drawn[0] == forms.bar(look, signed, scale, 60)).all()


def test_the_ends_of_the_bar_say_numbers_and_direction():
    e = explanation([[-1, 2]], True, counterfactual=True)
    said = legend(e, Look(), limits([e]))
    assert (said.low, said.middle, said.high) == ("−2 raises", "0", "lowers 2")
    lines = legend(e, Look(form="contours"), limits([e]))
    assert (lines.low, lines.high) == ("5 % raises", "lowers 5 %")
    assert len(lines.colours) == 6


def test_the_opened_map_beside_its_picture_keeps_its_values_in_place():
    e = explanation([[0, 1, 2]])
    figure = heatmap_figure(VIEW, e, Look(form="beside"))
    assert figure.layout.xaxis.range == (-68, 60)
    assert (figure.layout.images[0].x, figure.layout.images[0].sizex) == (-68, 128)
    assert figure.data[0].x0 == 10
    assert not heatmap_figure(VIEW, e, Look(form="contours")).data[1].marker.showscale


def test_the_bar_beside_an_opened_map_says_its_ends_from_the_low_one_up():
    def title(e):
        return heatmap_figure(VIEW, e, Look()).data[1].marker.colorbar.title.text

    assert title(explanation([[-1, 2]], True)) == "← lowers   raises →"
    assert title(explanation([[-1, 2]], True, counterfactual=True)) == "← raises   lowers →"
    assert title(explanation([[0, 2]], counterfactual=True)) == "lowers →"
    assert title(explanation([[0, 2]])) == ""
