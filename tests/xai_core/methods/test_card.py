"""What every method says of itself on its card, and what follows from what it declares."""

import re

import pytest
import torch

import xai_core as xai
from xai_core.methods import MethodSpec, Param, card
from xai_core.methods._card import USUAL_LAYER, USUAL_SIZE


def spec(**words) -> MethodSpec:
    """A method that nobody calls."""
    usual = {
        "uses": ("x", "score"),
        "params": (),
        "signed": lambda params: False,
        "family": "Control",
    } | words
    rest = {"formula": "M", "paper": "none", "url": "", "reading": "A test.", "colour": "#000000"}
    return MethodSpec("made", "Made", lambda: torch.zeros(1, 2, 3), **usual, **rest)


@pytest.mark.parametrize("key", xai.METHODS)
def test_every_method_says_how_it_is_made_and_when_it_misleads(key):
    method = xai.METHODS[key]
    sentences = [re.findall(r"\.(?=\s|$)", text) for text in (method.plain, method.fails)]
    assert 3 <= len(sentences[0]) <= 5, "in three to five sentences"
    assert 1 <= len(sentences[1]) <= 3, "in one to three sentences"
    for text in (method.plain, method.fails):
        assert text == " ".join(text.split())
        assert "  " not in text
        assert text.endswith(".")


def test_no_two_cards_are_alike():
    for text in ("plain", "fails"):
        said = [getattr(method, text) for method in xai.METHODS.values()]
        assert len(set(said)) == len(said)


def test_card_that_are_known():
    found = {key: card(method) for key, method in xai.METHODS.items()}
    assert not found["eigen_cam"].knows_class
    assert found["grad_cam"].knows_class
    assert [key for key in ("lime", "rise", "smooth_grad", "occlusion") if found[key].draws] == [
        "lime",
        "rise",
        "smooth_grad",
    ]
    assert found["grad_cam"].passes == 1
    assert found["ablation_cam"].passes == 320, "one for each channel of the last stage"
    assert found["occlusion"].passes == 28 * 28
    assert found["integrated_gradients"].adds_up
    assert not found["gradient"].adds_up
    places = {"grad_cam": "cell", "lime": "superpixel", "attn_lrp": "patch", "occlusion": "window"}
    places |= {"gradient": "pixel", "guided_grad_cam": "pixel", "partition_shap": "pixel"}
    assert {key: found[key].places for key in places} == places


def test_a_sign_is_looked_for_in_every_choice():
    turned = Param("sign", "bool", False, "A test.")
    kinds = Param("kind", "choice", "a", "A test.", choices=("a", "b"))
    cases = {
        "never": spec(params=(turned,)),
        "always": spec(params=(turned,), signed=lambda params: True),
        "by choice": spec(params=(turned, kinds), signed=lambda params: params["kind"] == "b"),
    }
    assert {word: card(made).signed for word, made in cases.items()} == {word: word for word in cases}


def test_what_a_value_belongs_to_is_declared_or_follows():
    assert card(spec(uses=("activations",))).places == "cell"
    assert card(spec(uses=("activations",), places="pixel")).places == "pixel"
    with pytest.raises(ValueError, match="'pixels'"):
        spec(places="pixels")


def test_passes_are_counted_for_the_embedded_network(lite0):
    last = lite0.layer(None)
    assert (last.key, last.channels, last.size) == (USUAL_LAYER.key, USUAL_LAYER.channels, USUAL_LAYER.size)
    assert lite0.input_size == USUAL_SIZE
