"""Networks that people bring and that are unlike ImageNet's, on every page: one grey channel at 32 pixels, an
oblong input, one output under a sigmoid, thousands of classes."""

import pytest
import torch
from safetensors.torch import save

from tests.lanes import core_and_networks
from xai_core.models import add_model

from .conftest import html, labels, select

KINDS = {
    "grey": ({"in_chans": 1, "num_classes": 10}, {"labels": 10, "size": 32, "mean": 0.13, "std": 0.31}),
    "oblong": ({"num_classes": 4}, {"labels": 4, "size": (48, 96)}),
    "single": ({"num_classes": 1}, {"labels": ["tumour"], "size": 64}),
    "many": ({"num_classes": 5000}, {"labels": 5000, "size": 64}),
}
PAGES = (
    *("overview", "gallery", "compare", "lime", "counterfactual", "adversarial", "insertion", "trust"),
    *("right_wrong", "localization", "concepts"),
)
CASES = [(page, kind) for page in PAGES for kind in KINDS]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_MODELS_DIR", str(tmp_path / "models"))


def brought(kind):
    """The key of a tiny network of that kind, with random weights."""
    import timm

    made, told = KINDS[kind]
    torch.manual_seed(2)
    state = timm.create_model("test_resnet", **made).state_dict()
    return add_model(kind, save(state), "test_resnet", **told)


@pytest.mark.parametrize(("page", "kind"), core_and_networks(CASES, 4))
def test_every_page_shows_it(open_app, page, kind):
    app = open_app(page, model=brought(kind))
    assert not app.exception
    assert not [error.value for error in app.error if "labelled" not in error.value]


def test_one_output_is_shown_for_and_against(open_app):
    app = open_app(model=brought("single"))
    assert {"Open the map of tumour", "Open the map of not tumour"} <= set(labels(app))


def typed(menu, text):
    """The menu with a text that is none of its options, as a browser sends it."""
    menu.options.append(text)
    return menu.set_value(text)


def test_a_class_of_thousands_is_typed(open_app):
    app = open_app(model=brought("many"))
    menu = select(app, "Class")
    assert len(menu.options) < 300
    typed(menu, "4321").run()
    assert not app.exception
    assert app.query_params["target"] == "4321"
    assert "class 4321" in html(app)
    typed(select(app, "Class"), "class 9").run()
    assert app.query_params["target"] == "9"
    typed(select(app, "Class"), "a wren").run()
    assert [error.value for error in app.error] == ["There is no class 'a wren'."]
    assert app.query_params["target"] == "9"
