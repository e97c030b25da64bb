"""TCAV of networks solved by hand, with drawn concepts."""

import numpy as np
import pytest

import xai_core as xai
from tests.xai_core.concepts.conftest import handle_of
from tests.xai_core.concepts.test_concept_maps import SIZE, Colours
from xai_core.concepts import concept_pictures, random_pictures
from xai_core.concepts.colours import COLOURS, colour_indices
from xai_core.concepts.drawn_concepts import NAMES


def pictures(count, seed, red=0):
    """Noise, redder by `red`."""
    rng = np.random.default_rng(seed)
    made = rng.integers(60, 160, (count, *SIZE, 3))
    made[..., 0] += red
    return [xai.ImageInput(one.astype(np.uint8), "squash", f"{seed} {n}") for n, one in enumerate(made)]


@pytest.fixture
def colours():
    return handle_of(Colours(), SIZE, ("red or blue", "green"))


def test_the_class_that_rises_with_red_has_a_score_of_one(colours):
    """The logits are linear in front of the ReLU but for its gate, so the gradient's sign is the weight's."""
    shown, red, pool = pictures(6, 0, 20), pictures(12, 1, 90), pictures(80, 2)
    found = xai.tcav(colours, shown, {"red": red}, pool, 0, "units", sets=10, runs=4)
    assert found.concepts[0].score == 1
    assert found.concepts[0].accuracy > 0.9
    assert found.same_slope
    assert found.pictures == 6
    assert found.layer == "units"
    again = xai.tcav(colours, shown, {"red": red}, pool, 0, "units", sets=10, runs=4)
    assert again == found
    assert not xai.tcav(colours, shown, {"red": red}, pool, 0, "lines", sets=10, runs=4).same_slope


def test_what_is_refused(colours):
    shown, pool = pictures(2, 0), pictures(10, 1)
    with pytest.raises(xai.InputError, match="target is 2"):
        xai.tcav(colours, shown, {"a": pool[:3]}, pool, 2)
    with pytest.raises(xai.InputError, match="0 pictures and 1 concepts"):
        xai.tcav(colours, [], {"a": pool[:3]}, pool, 0)
    with pytest.raises(xai.InputError, match="10 random ones"):
        xai.tcav(colours, shown, {"a": pool[:6]}, pool, 0, "units")
    with pytest.raises(xai.Cancelled):
        xai.tcav(colours, shown, {"a": pool[:3]}, pool, 0, "units", cancelled=lambda: True)


def test_drawn_concepts_are_the_same_each_time_and_apart_from_the_random_ones():
    for name in ("polka dots", "red", "heart"):
        one, again = (concept_pictures(name, 3) for _ in range(2))
        assert [a.sha256 for a in one] == [a.sha256 for a in again]
        assert len({a.sha256 for a in one}) == 3
        others = random_pictures(name, 3)
        assert not {a.sha256 for a in one} & {a.sha256 for a in others}
    assert all("heart" in image.name for image in concept_pictures("heart", 2))
    assert concept_pictures("red", 2, first=1)[0].sha256 == concept_pictures("red", 2)[1].sha256
    assert len(NAMES) == len(set(NAMES))


def test_a_drawn_colour_is_there_in_every_picture():
    for name in ("red", "blue", "white"):
        for image in concept_pictures(name, 3):
            share = np.mean(colour_indices(image.pixels) == COLOURS.index(name))
            assert share > 0.05, (name, image.name, share)


def test_an_unknown_concept_is_refused():
    with pytest.raises(xai.InputError, match="no drawn concept 'furry'; accepted are horizontal stripes"):
        concept_pictures("furry", 2)
