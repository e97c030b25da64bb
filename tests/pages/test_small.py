"""A small server, made small by XAI_SMALL=1: what it refuses, what it keeps, and what it tells."""

from weakref import WeakValueDictionary

import pytest

import xai_core as xai
from pages._ui.results import networks, prefetch
from pages._ui.results.memory import Memory, share
from pages._ui.state import small, tray
from xai_core import machine

from .conftest import button, labels


@pytest.fixture
def one_gigabyte(monkeypatch):
    monkeypatch.setenv("XAI_SMALL", "1")
    monkeypatch.setattr(small, "memory", lambda: 1_000_000_000)
    monkeypatch.setattr(networks, "NETWORKS", Memory(networks.budget(), networks.weight_bytes))


def shown(app):
    return [one.value for kind in (app.markdown, app.caption, app.error) for one in kind]


def test_a_network_that_does_not_fit_gets_one_sentence(one_gigabyte, open_app):
    app = open_app(model="vgg16")
    assert not app.exception
    sentence = (
        "VGG-16 has 528 MB of weights; this small server has 1.0 GB of memory and runs networks of up to "
        "150 MB."
    )
    assert sentence in shown(app)
    assert "Compute" not in labels(app)
    button(app, "Back to EfficientNet-Lite0").click().run()
    assert app.title[0].value.startswith("Answer: tiger cat")


def test_a_network_for_large_pictures_is_refused_when_it_is_loaded(
    one_gigabyte, open_app, monkeypatch, lite0
):
    """Its weights are small enough, and the size of its pictures is not known before."""
    monkeypatch.setattr(small, "NETWORK_SIDE", 223)
    app = open_app()
    sentence = (
        "EfficientNet-Lite0 takes pictures of 224 pixels; this small server has 1.0 GB of memory and runs "
    )
    assert any(one.startswith(sentence) for one in shown(app))
    monkeypatch.setattr(networks, "_TOO_LARGE", {})
    monkeypatch.setattr(small, "NETWORK_SIDE", 224)
    assert networks.handle("efficientnet_lite0").input_size == (224, 224)


def test_the_limits_are_inclusive(one_gigabyte):
    assert small.refusal("A", small.NETWORK_MB, small.NETWORK_SIDE) == ""
    assert small.refusal("A", small.NETWORK_MB + 1).startswith("A has 151 MB of weights; ")
    assert small.refusal("A", None, small.NETWORK_SIDE + 1).startswith("A takes pictures of 301 pixels; ")


def test_one_network_is_kept_at_a_time_with_its_random_twins(one_gigabyte):
    networks.handle("tiny_cnn_shapes")
    networks.handle(networks.random_key("tiny_cnn_shapes", "head"))
    assert networks.is_loaded("tiny_cnn_shapes")
    assert ("tiny_cnn_shapes~head", ()) in networks.NETWORKS
    networks.handle("tiny_vit_shapes")
    assert [networks.is_loaded(key) for key in ("tiny_vit_shapes", "tiny_cnn_shapes")] == [True, False]
    assert ("tiny_cnn_shapes~head", ()) not in networks.NETWORKS


def test_no_model_can_be_brought_and_the_reason_stands_there(one_gigabyte, open_app):
    app = open_app()
    assert "Bring a model" not in labels(app)
    notes = [element.proto.body for element in app.get("html")]
    assert any(
        "Models cannot be brought here: this small server has 1.0 GB of memory." in one for one in notes
    )


def test_about_this_run_says_it(one_gigabyte, open_app):
    assert any("One network of up to 150 MB is kept at a time" in text for text in everything(open_app()))


def test_a_large_server_says_and_refuses_nothing(monkeypatch, open_app):
    monkeypatch.setenv("XAI_SMALL", "0")
    assert (small.about(), small.no_models(), small.refusal("A", 9_000, 9_000)) == ("", "", "")
    assert networks.refusal("vgg16") == ""
    assert "Bring a model" in labels(open_app())


def everything(app):
    return [
        str(element.proto) for kind in ("html", "markdown", "table", "caption") for element in app.get(kind)
    ]


def test_caches_and_uploads_are_smaller(monkeypatch):
    for name in ("XAI_RESULTS_MB", "XAI_UPLOADS_MB", "XAI_PREFETCH", "XAI_NETWORKS_MB"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(small, "memory", lambda: 24_000_000_000)
    found = {}
    for named in "10":
        monkeypatch.setenv("XAI_SMALL", named)
        found[named] = (
            small.results_bytes(),
            share(3),
            small.uploads_bytes(),
            small.tray_bytes(),
            small.upload_mb(600),
            prefetch.wanted(),
        )
    assert found["1"] == (60_000_000, 18_000_000, 100_000_000, 20_000_000, 20, False)
    assert found["0"] == (320_000_000, 96_000_000, 1_300_000_000, 40_000_000, 600, True)
    monkeypatch.setattr(small, "memory", lambda: 4_000_000_000)
    assert small.uploads_bytes() == 1_000_000_000, "a quarter of the memory at most"
    monkeypatch.setenv("XAI_SMALL", "1")
    assert networks.budget() == 300_000_000


@pytest.mark.parametrize("function", [small.results_bytes, small.uploads_bytes])
def test_the_owner_names_the_bounds(monkeypatch, function):
    monkeypatch.setenv(f"XAI_{function.__name__.removesuffix('_bytes').upper()}_MB", "7")
    assert function() == 7_000_000


def test_computing_ahead_can_be_asked_for(one_gigabyte, monkeypatch):
    monkeypatch.setenv("XAI_PREFETCH", "1")
    assert prefetch.wanted()


def test_results_do_not_depend_on_it(one_gigabyte, chelsea):
    """Sizes of batches stay as they are: the same request gives the same bytes on every server."""
    handle = networks.handle("tiny_cnn_shapes")
    request = xai.Request("rise", 1, params={"masks": 20})
    (e,) = xai.explain_many(handle, chelsea, [request])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XAI_SMALL", "0")
        (large,) = xai.explain_many(xai.load_model("tiny_cnn_shapes"), chelsea, [request])
    assert machine.is_small()
    assert e.heatmap.tobytes() == large.heatmap.tobytes()


def test_the_pictures_of_all_sessions_have_a_bound(monkeypatch):
    """Each session's own state is a dict of its own; what they hold together is limited."""
    sessions = [{}, {}, {}]
    monkeypatch.setattr(tray, "_HELD", WeakValueDictionary())  # of these sessions alone
    monkeypatch.setattr(small, "uploads_bytes", lambda: 25)
    for state in sessions[:2]:
        monkeypatch.setattr(tray.st, "session_state", state)
        tray.add(tray.Brought("a.png", bytes(10)))
    monkeypatch.setattr(tray.st, "session_state", sessions[2])
    with pytest.raises(xai.InputError, match="as many pictures"):
        tray.add(tray.Brought("b.png", bytes(10)))
    sessions[0].clear()  # that visitor has left
    tray.add(tray.Brought("b.png", bytes(10)))
    assert [one.name for one in tray.pictures()] == ["b.png"]


def test_a_server_that_was_made_small_does_not_complain_of_its_memory(one_gigabyte, monkeypatch):
    assert small.has() == "this small server has 1.0 GB of memory"
    for known in (0, 3_000_000_000):
        monkeypatch.setattr(small, "memory", lambda known=known: known)
        assert small.has() == "this server is run as a small one"
