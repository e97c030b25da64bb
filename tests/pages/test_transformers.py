"""The pages with a transformer, a windowed one and a channels-last one, all with random weights."""

import pytest

import xai_core as xai
from pages._ui.results import networks
from tests.pages.conftest import browse, button, computed, html, labels, opened, select
from xai_core import concepts

PAGES = ("overview", "gallery", "compare", "trust", "counterfactual", "insertion", "concepts", "adversarial")
VIT = "timm/vit_tiny_patch16_224"
OTHERS = ("timm/swin_tiny_patch4_window7_224", "timm/convnext_atto")


@pytest.fixture
def random_weights(monkeypatch):
    """Any network is on this machine, with random weights."""
    load = xai.load_model
    made: dict[str, xai.ModelHandle] = {}

    def loaded(key: str) -> xai.ModelHandle:
        name, _, part = key.partition("~")
        if name not in made:
            made[name] = load(name, "cpu", weights="pretrained" if name in xai.MODELS else "random")
        if not part:
            return made[name]
        head = networks.stages(made[name])[networks.HEAD] if part == networks.HEAD else None
        return networks.randomised(made[name], modules=head)

    monkeypatch.setattr(networks, "_loaded", loaded)
    monkeypatch.setattr(networks, "weights_here", lambda key: True)


def sound(app):
    assert not app.exception
    assert not [error.value for error in app.error]


@pytest.mark.networks
@pytest.mark.usefixtures("random_weights")
@pytest.mark.parametrize("page", PAGES)
def test_every_page_works_with_a_vision_transformer(open_app, page):
    sound(open_app(page, model=VIT))


@pytest.mark.networks
@pytest.mark.usefixtures("random_weights")
@pytest.mark.parametrize("model", OTHERS)
@pytest.mark.parametrize("page", ["gallery", "trust"])
def test_the_other_transformers(open_app, page, model):
    sound(open_app(page, model=model))


@pytest.fixture
def few(tmp_path, monkeypatch):
    """Ten pictures for naming units."""
    monkeypatch.setenv("XAI_CACHE_DIR", str(tmp_path))
    small = concepts.embedded()[:10]
    monkeypatch.setattr(concepts, "embedded", lambda: small)


@pytest.mark.networks
@pytest.mark.usefixtures("random_weights", "few")
@pytest.mark.parametrize(
    ("model", "block", "off"), [(VIT, "blocks.11", "1 head"), (OTHERS[0], "layers.3.blocks.1", "3 heads")]
)
def test_heads_of_a_network_of_photographs(open_app, model, block, off):
    """Of three heads one is switched off, so that others are left to compare with; of 24 heads three are."""
    app = computed(
        open_app("concepts", model=model, part_of="unit", probed_layers=f"{block} heads", unit="1")
    )
    sound(app)
    assert f"Head 1 of {block}" in html(app)
    assert "Attention heads" in labels(app)
    app = computed(open_app("concepts", model=model, probed_layers=f"{block} heads"))
    sound(app)
    sound(button(app, next(label for label in labels(app) if label.startswith("The first"))).click().run())
    assert f"Without {off}" in html(app)


@pytest.mark.networks
@pytest.mark.usefixtures("random_weights", "few")
def test_heads_that_cannot_be_read_are_not_offered(open_app):
    app = computed(open_app("concepts", model="timm/cait_xxs24_224", part_of="names"))
    sound(app)
    assert "Its attention heads are not offered: &#x27;blocks.0.attn" in html(app)
    assert "Attention heads" not in labels(app)


def test_the_gallery_says_why_later_layers_are_out(open_app):
    app = open_app("gallery", model="tiny_vit_shapes", image="")
    sound(app)
    assert "Behind blocks.3.norm1 only the class token reaches the answer" in html(app)
    assert any("blocks.3.norm1" in name for name in opened(app))
    sound(button(app, "blocks.1 against blocks.3.norm1").click().run())
    assert {"blocks.1", "blocks.3.norm1"} <= {part for name in opened(app) for part in name.split(", ")}
    sound(button(app, "Rollout against gradient").click().run())
    assert any("Attention rollout" in name for name in opened(app))


def test_menus_put_what_the_network_cannot_do_last_with_the_reason(open_app):
    app = open_app("overview", model="tiny_vit_shapes", image="")
    menu = select(browse(app, "overview-methods"), "Search")
    assert menu.options[-1] == "CAM (not for this network) · Class activation"
    assert "CAM needs a classifier that reads an average over all places" in menu.help
    menu = select(browse(open_app("overview"), "overview-methods"), "Search")
    assert "LeGrad (not for this network) · Attention" in menu.options
    assert "CAM · Class activation" in menu.options
