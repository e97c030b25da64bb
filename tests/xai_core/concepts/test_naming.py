"""dissect(): the table, its threshold, and what is refused."""

import numpy as np
import pytest

import xai_core as xai
from xai_core.concepts import interpretable
from xai_core.concepts.chance import _exchanged, chance_threshold
from xai_core.concepts.similarity import SIMILARITIES, similarity

COLUMNS = ["layer", "unit", "description", "similarity", "category", "runner_ups", "backend"]
WORDS = ["cat", "red", "dog", "zebra stripes", "car", "snow"]


class Known:
    """A back end that knows how red a picture is, and nothing else: the embedding of "red" is (1, 0)."""

    name = "known"

    def words(self):
        return WORDS

    def shares(self, handle):
        return False

    def taker(self):
        return self

    def take(self, images):
        self.rows += [image.pixels[..., 0].mean() / 255 for image in images]

    def arrays(self):
        return {"red": np.array(self.rows)}

    def images(self, arrays):
        red = arrays["red"]
        return np.stack([red, np.random.default_rng(0).uniform(0, 1, len(red))], 1)

    def texts(self, words):
        return np.array([[1.0, 0] if word == "red" else [0, 0.1 + i / 90] for i, word in enumerate(words)])

    def __init__(self):
        self.rows, self.name = [], "known"


@pytest.fixture
def reddening():
    """A hundred pictures of rising red with grey noise of any strength, which the second unit answers to."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, rng.integers(2, 50, (100, 1, 1, 1)), (100, 64, 48, 1)).repeat(3, 3)
    pixels[..., 0] += np.arange(100)[:, None, None] * 2
    return [xai.ImageInput(p.astype(np.uint8), "squash") for p in pixels]


@pytest.mark.parametrize("name", SIMILARITIES)
def test_a_red_unit_is_named_red_where_the_back_end_can_know_it(detectors, reddening, name):
    rows = xai.dissect(detectors, iter(reddening), ["units"], Known(), name)
    assert list(rows.columns) == COLUMNS
    assert len(rows) == 3
    row = rows.iloc[0]
    assert row[["layer", "unit", "description", "category", "backend"]].tolist() == [
        "units",
        0,
        "red",
        "colour",
        "known",
    ]
    assert len(row["runner_ups"].split("; ")) == 4
    assert set(row["runner_ups"].split("; ")) < set(WORDS) - {"red"}
    assert rows.loc[2, ["description", "category", "runner_ups"]].tolist() == ["", "", ""]
    assert np.isnan(rows.loc[2, "similarity"])
    assert set(rows.attrs["thresholds"]) == {"units"}
    assert rows.attrs["measure"] == name
    assert not interpretable(rows)[2], "a unit that never answers has learned nothing"


def test_several_layers_and_the_output_stand_one_after_another(detectors, pictures):
    found = xai.dissect(detectors, iter(pictures), ["output", "units"], Known(), "cosine_cubed")
    assert found["layer"].tolist() == ["output"] * 3 + ["units"] * 3
    assert found.index.tolist() == list(range(6))
    assert found["unit"].tolist() == [0, 1, 2] * 2
    assert found.iloc[0]["description"] == found.iloc[3]["description"] == "red"


@pytest.mark.parametrize("name", SIMILARITIES)
def test_about_one_unit_in_a_hundred_passes_by_chance_and_one_that_knows_passes(name):
    rng = np.random.default_rng(1)
    p = rng.uniform(0, 1, (400, 12))
    q = rng.normal(size=(400, 600))
    threshold = chance_threshold(name, q, p)
    best = similarity(name, q, p).max(1)
    assert 0 < (best > threshold).mean() < 0.03
    q[:, 7] = p[:, 3]
    assert similarity(name, q, p).max(1)[7] > chance_threshold(name, q, p)


@pytest.mark.parametrize("name", SIMILARITIES)
def test_units_that_know_one_photograph_each_do_not_pass_by_its_variants(name):
    """Ten photographs with thirty variants each; every unit answers to those of one photograph, whatever it
    shows. Its similarity to that photograph's concept is high, and so is that of any other such unit."""
    rng = np.random.default_rng(2)
    photographs = [str(n) for n in range(10) for _ in range(30)]
    shows = np.repeat(np.eye(10), 30, axis=0)
    p = shows @ rng.uniform(0, 1, (10, 20)) + 0.01 * rng.normal(size=(300, 20))
    q = shows[:, rng.integers(0, 10, 400)] + 0.1 * rng.normal(size=(300, 400))
    best = similarity(name, q, p).max(1)
    if name != "rank_reorder":  # which asks for an order among the variants too
        assert (best > chance_threshold(name, q, p)).mean() > 0.1, "shuffling single pictures lets them pass"
    assert (best > chance_threshold(name, q, p, photographs=photographs)).mean() < 0.05


def test_exchanged_photographs_stay_together():
    rng = np.random.default_rng(0)
    photographs = list("aabbbc")
    units = np.array([[1, 2, 11, 12, 13, 21]], float).T
    seen = {tuple(_exchanged(units, photographs, rng)[:, 0]) for _ in range(50)}
    assert len(seen) == 6
    assert (11, 12, 21, 21, 21, 1) in seen


def test_a_layer_that_never_changes_has_no_threshold():
    assert np.isnan(chance_threshold("cosine", np.ones((9, 2)), np.eye(9)))


def test_what_is_refused(detectors, pictures):
    for options, sentence in (
        ({"backend": "nope"}, "backend is 'nope'; accepted are conse, openclip, network_dissection"),
        ({"similarity": "npmi"}, "similarity is 'npmi'; accepted are soft_wpmi"),
        ({"concepts": []}, "concepts is .*; a list of at least one word"),
        ({"concepts": "cat"}, "concepts is 'cat'; a list"),
        ({"layers": ["nope"]}, "no layer 'nope'"),
        ({"concepts": ["flux capacitor"]}, "no embedding of 'flux capacitor'"),
    ):
        with pytest.raises(xai.InputError, match=sentence):
            xai.dissect(detectors, pictures, **{"layers": ["units"], **options})
    assert detectors.ledger.passes == 0
    with pytest.raises(xai.Cancelled):
        xai.dissect(detectors, pictures, ["units"], cancelled=lambda: True)


def test_layers_default_to_the_last_three_suggested_ones(lite0):
    from xai_core.concepts.layers import checked_layers

    assert checked_layers(lite0, None) == ("blocks.2", "blocks.4", "blocks.6")
    assert checked_layers(lite0, ["blocks_6", "output", "blocks.6"]) == ("blocks.6", "output")
