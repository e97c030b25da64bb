"""The two tiny networks in the app: they are offered drawn pictures, and other networks photographs."""

import pytest

from pages._ui.state.shared import DEFAULT_DRAWN
from tests.lanes import core_and_networks
from xai_core.inputs import shapes

from .conftest import button, computed, html, labels, select

NETWORKS = ("tiny_vit_shapes", "tiny_cnn_shapes")
PAGES = ("gallery", "compare", "lime", "counterfactual", "adversarial", "insertion", "trust", "concepts")


@pytest.mark.parametrize("model", NETWORKS)
def test_the_first_view_is_a_drawn_picture_with_both_classes(open_app, model):
    app = open_app(image="", model=model)
    assert not app.exception
    assert app.query_params["image"] == DEFAULT_DRAWN
    both = shapes.drawing(DEFAULT_DRAWN).labels
    text = html(app)
    for label in both:
        assert f"Open the map of {label}" in labels(app)
        assert label in text
    assert "Draw another" in labels(app)
    assert not [s for s in app.selectbox if s.label == "Photograph"]


def test_another_drawn_picture_and_then_a_network_of_photographs(open_app):
    app = open_app(image="shapes-1-8", model=NETWORKS[1])
    assert app.query_params["image"] == "shapes-1-8"
    assert f"Answer: {shapes.drawing('shapes-1-8').labels[0]}" in app.title[0].value
    button(app, "Draw another").click().run()
    assert app.query_params["image"] == "shapes-1-9"
    select(app, "Model").set_value("efficientnet_lite0").run()
    assert not app.exception
    assert "image" not in app.query_params, "the app's own first picture"
    assert "Draw another" not in labels(app)
    select(app, "Model").set_value(NETWORKS[1]).run()
    assert app.query_params["image"] == DEFAULT_DRAWN


def test_a_link_to_a_picture_that_is_not_drawn_by_these_numbers(open_app):
    app = open_app(image="shapes-3-8", model=NETWORKS[1])
    assert not app.exception
    assert any("shapes-3-8" in w.value for w in app.warning) or "shapes-3-8" in str(app)


def test_localization_is_measured_on_drawn_shapes(open_app):
    app = computed(open_app("localization", model=NETWORKS[1], boxes_of="shape_pairs", limit="8"))
    assert not app.exception
    assert not app.error
    assert app.query_params["boxes_of"] == "shape_pairs"
    app = open_app("localization", model=NETWORKS[1], boxed="one", image="shapes-2-6")
    assert not app.exception


def test_right_and_wrong_counts_drawn_shapes(open_app):
    app = computed(open_app("right_wrong", model=NETWORKS[1], limit="40"))
    assert not app.exception
    assert "Tiny CNN, drawn shapes is right on" in html(app)


@pytest.mark.parametrize("page", core_and_networks(PAGES, 0))
@pytest.mark.parametrize("model", NETWORKS)
def test_every_page_shows_it(open_app, model, page):
    app = open_app(page, image="", model=model)
    assert not app.exception
    assert not app.error
