"""A visitor's model in the app: his own, opened by its address, removed by who brought it."""

from __future__ import annotations

import pytest

from tests.pages.conftest import button, labels, select
from tests.pages.test_bring import checkpoint, filled
from xai_core.models import add_model, own_models
from xai_core.models.own_store import models_folder

pytestmark = pytest.mark.hostile
__all__ = ["checkpoint"]


@pytest.fixture(autouse=True)
def public(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_MODELS_DIR", str(tmp_path / "models"))
    for name in ("XAI_SHARED_MODELS", "XAI_ONE_PERSON"):
        monkeypatch.delenv(name, raising=False)


def listed(app):
    return [option for option in select(app, "Model").options if option.endswith(", own")]


def test_a_model_is_its_visitors_own(open_app, checkpoint):
    mine = filled(open_app(), checkpoint)
    button(mine, "Add").click().run()
    assert not mine.exception
    key = mine.query_params["model"]
    assert key.startswith("own/my-birds@")
    assert own_models() == ()
    assert listed(mine) == ["my-birds, own"]

    other = open_app()
    assert listed(other) == []
    guest = open_app(model=key)
    assert guest.title[0].value.startswith("Answer: class ")
    assert "Remove this model" not in labels(guest), "a link lets in, and no more"
    select(guest, "Model").set_value("efficientnet_lite0").run()
    assert listed(guest) == ["my-birds, own"], "who has the key may come back to it"

    keeper = mine.session_state["_brought_models"][key]
    again = open_app(model=key, keeper=keeper)
    assert "keeper" not in again.query_params
    assert "Remove this model" in labels(again)
    wrong = open_app(model=key, keeper="A" * 22)
    assert "Remove this model" not in labels(wrong)

    button(mine, "Remove this model").click().run()
    assert not mine.exception
    assert select(mine, "Model").value == "efficientnet_lite0"
    assert listed(mine) == []
    assert [path.name for path in models_folder().glob("[!.]*")] == []
    gone = open_app(model=key)
    assert "There is no model" in gone.warning[0].value


def test_what_the_owner_put_there_is_listed_and_stays(open_app, checkpoint):
    key = add_model("birds", checkpoint, "squeezenet1_1", 3, size=64)
    app = open_app(model=key)
    assert listed(app) == ["birds, own"]
    assert "Remove this model" not in labels(app)


def test_a_full_server_says_so(open_app, checkpoint, monkeypatch):
    monkeypatch.setenv("XAI_MODELS_MOST", "0")
    app = filled(open_app(), checkpoint)
    button(app, "Add").click().run()
    assert [error.value for error in app.error] == ["This server keeps 0 models; at most 0 are accepted."]
