"""A visitor's model in the app: his own, opened by its address, removed by who brought it."""

from __future__ import annotations

import pytest

from pages._ui.results import maps, networks
from tests.pages.conftest import button, labels, select
from tests.pages.test_bring import checkpoint, filled
from xai_core.models import add_model, new_keeper, own_models
from xai_core.models.own_store import models_folder

pytestmark = pytest.mark.hostile
MEMORIES = (networks.NETWORKS, maps.MEMORY)
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


def test_a_visitor_keeps_a_few_models_and_another_visitor_his_own(open_app, checkpoint, monkeypatch):
    monkeypatch.setenv("XAI_MODELS_EACH", "1")
    mine = filled(open_app(), checkpoint)
    button(mine, "Add").click().run()
    assert not mine.error
    filled(mine, checkpoint, "my-other-birds")
    assert not mine.exception
    full = "You keep 1 models on this server; at most 1 are accepted. Remove one first."
    assert [error.value for error in mine.error] == [full]
    assert "Add" not in labels(mine)
    other = filled(open_app(), checkpoint)
    button(other, "Add").click().run()
    assert not other.error
    assert len(list(models_folder().glob("my-birds@*"))) == 2

    button(mine, "Close").click().run()
    button(mine, "Remove this model").click().run()
    filled(mine, checkpoint, "my-other-birds")
    button(mine, "Add").click().run()
    assert not mine.error
    assert listed(mine) == ["my-other-birds, own"]


def test_a_visitors_models_have_a_size(open_app, checkpoint, monkeypatch):
    monkeypatch.setenv("XAI_MODELS_EACH_MB", "2")
    app = filled(open_app(), checkpoint)
    (error,) = app.error
    assert error.value == "Your models on this server would take 3 MB; at most 2 MB are accepted."


def test_who_holds_a_keepers_key_counts_the_model_as_his(open_app, checkpoint, monkeypatch):
    monkeypatch.setenv("XAI_MODELS_EACH", "1")
    keeper = new_keeper()
    key = add_model("birds", checkpoint, "squeezenet1_1", 3, size=64, keeper=keeper)
    guest = filled(open_app(model=key), checkpoint)
    assert not guest.error, "who only uses a model keeps none"
    keeping = filled(open_app(model=key, keeper=keeper), checkpoint)
    assert [error.value[:16] for error in keeping.error] == ["You keep 1 model"]


def test_adding_and_removing_a_model_clears_nobodys_results(open_app, checkpoint):
    """Networks and maps of another visitor stay the very objects that they were."""
    other = open_app()
    handle = networks.handle("efficientnet_lite0")
    held = [dict(memory._kept) for memory in MEMORIES]
    assert held[0]
    assert held[1]

    mine = filled(open_app(), checkpoint)
    button(mine, "Add").click().run()
    key = mine.query_params["model"]
    button(mine, "Remove this model").click().run()
    assert key not in mine.query_params.values()
    assert not mine.exception

    for memory, before in zip(MEMORIES, held, strict=True):
        assert all(memory._kept.get(one) is value for one, value in before.items())
    assert networks.handle("efficientnet_lite0") is handle
    other.run()
    assert not other.exception
    assert other.title[0].value.startswith("Answer: tiger cat")
