"""The whole search on a planted cheat and without one; interrupted, resumed, refused."""

import dataclasses

import pandas as pd
import pytest

import xai_core as xai
from xai_core.datasets import Dataset, Example
from xai_core.spuriosity import Search, find, words
from xai_core.spuriosity.find import engine_named, local, trials_file

from .planted import by_hand

SEARCH = Search(labels=("green",), pictures=15, receivers=30, controls=2, least=10)


@pytest.fixture(scope="module")
def cheat(tmp_path_factory):
    """A network that takes blue for green, and green pictures of which a quarter carry a blue tag."""
    return by_hand(25, tmp_path_factory.mktemp("cheat"))


@pytest.fixture(scope="module")
def found(cheat, tmp_path_factory):
    return find(cheat.handle, cheat.dataset, SEARCH, tmp_path_factory.mktemp("found") / "t.parquet")


def test_a_planted_tag_is_found_at_its_place(cheat, found):
    assert found.shortcuts, found.clusters_table().to_string()
    for one in found.shortcuts:
        assert one.cluster.place.words == "lower left"
    assert words.headline(found).startswith("The interventions beat their controls in ")
    named = set(found.pictures_table()["image"])
    assert len(named & cheat.tagged) >= 0.7 * len(cheat.tagged)
    assert len(named & cheat.tagged) >= 0.7 * len(named)


def test_what_is_left_without_the_affected_pictures(found):
    own = found.maps[found.maps["label"] == "green"]
    for one in found.affected:
        rest = own[~own["number"].isin(one.table["number"])]
        assert one.every.share == pytest.approx(own["correct"].mean())
        assert one.without is None or one.without.share == pytest.approx(rest["correct"].mean())
        assert one.repaired is not None
        assert f"{len(one.table)} pictures are affected" in words.left(one)


def test_no_alarm_without_a_tag(tmp_path):
    clean = by_hand(0, tmp_path)
    found = find(clean.handle, clean.dataset, SEARCH, tmp_path / "t.parquet")
    assert found.results
    assert not found.shortcuts
    assert found.pictures_table().empty
    assert words.headline(found).startswith("No control was beaten")


def test_an_interrupted_search_goes_on_and_gives_the_same(cheat, found, tmp_path):
    out, seen = tmp_path / "t.parquet", []
    for stop in (30, 100):  # within the maps, and within the trials
        with pytest.raises(xai.Cancelled, match="Cancelled in the stage"):
            find(cheat.handle, cheat.dataset, SEARCH, out, seen.append, lambda stop=stop: len(seen) >= stop)
        assert len(seen) == stop, "nothing was done twice"
    again = find(cheat.handle, cheat.dataset, SEARCH, out, seen.append)
    pd.testing.assert_frame_equal(again.clusters_table(), found.clusters_table())
    pd.testing.assert_frame_equal(again.pictures_table(), found.pictures_table())
    assert [step.stage for step in seen[:2]] == ["maps", "maps"]
    passes = cheat.handle.ledger.passes
    find(cheat.handle, cheat.dataset, SEARCH, out)
    assert cheat.handle.ledger.passes - passes <= 1, "a finished search is read"
    assert trials_file(out).is_file()


def test_another_search_is_not_overwritten(cheat, found, tmp_path):
    out = tmp_path / "t.parquet"
    with pytest.raises(xai.Cancelled):
        find(cheat.handle, cheat.dataset, SEARCH, out, cancelled=lambda: True)
    other = dataclasses.replace(SEARCH, method="layer_cam")
    with pytest.raises(xai.InputError, match=r"of another run \(other method\)"):
        find(cheat.handle, cheat.dataset, other, out)


def test_a_broken_picture_is_left_out_and_named(cheat, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG broken")
    examples = (*cheat.dataset.examples, Example("broken.png", str(broken), "green", (1,)))
    small = dataclasses.replace(SEARCH, pictures=5, receivers=10, controls=1)
    made = find(cheat.handle, Dataset("planted", examples), small, tmp_path / "t.parquet")
    ((name, why),) = made.failed
    assert name == "broken.png"
    assert "broken.png" in why
    assert "broken.png" not in set(made.maps["image"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"method": "gradcam"}, "There is no method 'gradcam'"),
        ({"fill": "red"}, "fill is 'red'; accepted are grey, blur, inpaint"),
        ({"side": 0.5}, "side is 0.5"),
        ({"least": 2}, "least is 2; a whole number of at least 10"),
        ({"labels": ("dog",)}, "by hand has no class 'dog'; it has green, plain"),
        ({"least": 41}, "has 40 pictures; a search needs 41"),
        ({"least": 41, "labels": ()}, "largest class of by hand has 40 pictures"),
        ({"layer": "layer9"}, "layer9"),
    ],
)
def test_refusals(cheat, tmp_path, changes, said):
    with pytest.raises(xai.InputError, match=said):
        find(cheat.handle, cheat.dataset, dataclasses.replace(SEARCH, **changes), tmp_path / "t.parquet")
    assert not list(tmp_path.iterdir())


def test_pictures_of_one_class_alone_are_refused(cheat, tmp_path):
    own = tuple(e for e in cheat.dataset.examples if e.label == "green")
    with pytest.raises(xai.InputError, match="pasting needs those of another class"):
        find(cheat.handle, Dataset("greens", own), SEARCH, tmp_path / "t.parquet")


def test_engines_have_names():
    with pytest.raises(xai.InputError, match="There is no engine 'spark'"):
        engine_named("spark")
    assert engine_named("local") is local
