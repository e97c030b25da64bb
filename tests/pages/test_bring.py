"""Bringing one's own model: the dialog adds what fits, refuses the rest in a sentence, and keeps what was
typed."""

import io

import pytest
import torch

from xai_core.models import add_model, own_models

from .conftest import button, html, labels, select


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("XAI_SHARED_MODELS", "1")  # a visitor's own: tests/hostile/test_brought.py


@pytest.fixture(scope="module")
def checkpoint():
    from torchvision.models import squeezenet1_1

    torch.manual_seed(1)
    buffer = io.BytesIO()
    torch.save(squeezenet1_1(num_classes=3).state_dict(), buffer)
    return buffer.getvalue()


def uploader(app, label):
    return next(u for u in app.file_uploader if u.label == label)


def filled(app, checkpoint, name="my-birds"):
    button(app, "Bring a model").click().run()
    app.text_input(key="bring.name").set_value(name)
    select(app, "Architecture").set_value("squeezenet1_1")
    app.number_input(key="bring.height").set_value(64)
    app.number_input(key="bring.width").set_value(64)
    app.number_input(key="bring.count").set_value(3)
    uploader(app, "Weights").set_value(("birds.pth", checkpoint, "application/octet-stream"))
    return app.run()


def test_a_model_is_added_and_chosen(open_app, checkpoint):
    app = open_app(layer="blocks.4", target="282")
    filled(app, checkpoint)
    assert not app.exception
    button(app, "Add").click().run()
    assert not app.exception
    assert not app.error
    assert own_models() == ("own/my-birds",)
    assert select(app, "Model").value == "own/my-birds"
    assert select(app, "Model").options[0] == "my-birds, own"
    assert app.query_params["model"] == "own/my-birds"
    assert "target" not in app.query_params
    assert app.title[0].value.startswith("Answer: class ")
    assert "64 × 64 pixels" in html(app)
    assert "Add" not in labels(app), "the dialog is closed"


def test_a_refusal_keeps_what_was_typed(open_app, checkpoint):
    app = filled(open_app(), checkpoint)
    app.number_input(key="bring.count").set_value(12).run()
    button(app, "Add").click().run()
    assert [error.value for error in app.error] == ["The file has 3 classes, 12 were given."]
    assert own_models() == ()
    assert app.text_input(key="bring.name").value == "my-birds"
    assert select(app, "Architecture").value == "squeezenet1_1"
    assert select(app, "Model").value == "efficientnet_lite0"
    app.number_input(key="bring.count").set_value(3).run()
    assert not app.error
    button(app, "Add").click().run()
    assert own_models() == ("own/my-birds",)


def test_what_is_missing_is_asked_for(open_app):
    app = open_app()
    button(app, "Bring a model").click().run()
    assert button(app, "Add").disabled
    assert "A name, an architecture and a file of weights are needed." in [c.value for c in app.caption]
    button(app, "Close").click().run()
    assert "Add" not in labels(app)


def test_a_link_to_a_model_that_is_not_here(open_app):
    app = open_app(model="own/birds")
    assert not app.exception
    assert [warning.value for warning in app.warning] == [
        "The link asks for model 'own/birds'. There is no model 'own/birds' on this machine: a person's own "
        "model is known only where it was added (none was). The default is shown instead."
    ]
    assert app.title[0].value.startswith("Answer: tiger cat")


def test_a_link_to_a_model_that_is_here(open_app, checkpoint):
    key = add_model("birds", checkpoint, "squeezenet1_1", ("wren", "robin", "crow"), size=64)
    app = open_app(model=key)
    assert app.title[0].value.split()[1] in ("wren", "robin", "crow")


def test_without_the_package_prompts_say_how_to_get_it(open_app, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "open_clip", None)
    app = open_app()
    button(app, "Bring a model").click().run()
    next(g for g in app.get("button_group") if g.label == "Kind").set_value("Prompts as classes").run()
    app.text_input(key="ask.name").set_value("pets")
    app.text_area(key="ask.prompts").set_value("a photo of a cat\n\na photo of a dog").run()
    app.button(key="ask.add").click().run()
    assert not app.exception
    assert "pip install -r requirements-clip.txt" in app.error[0].value
    assert select(app, "Model").value == "efficientnet_lite0"
