"""The store of maps, and the words of a link."""

import numpy as np
import pytest
from PIL import Image

import pages._ui.navigation  # noqa: F401  it declares the fields
import xai_core as xai
from pages._ui import compute
from pages._ui.results.memory import Memory
from pages._ui.state import address
from pages._ui.state.fields import FIELDS
from pages._ui.state.shared import AUTO
from pages._ui.widgets import layout
from tests.app import switch
from xai_core.types import Params

from .conftest import button


def explanation(size: int) -> xai.Explanation:
    heatmap = np.zeros((size, size), np.float32)
    return xai.Explanation(heatmap, "grad_cam", 0, "cat", "l", Params(), False, 1, 1, 1, 0, (size, size))


def test_the_memory_keeps_the_most_recent_within_its_budget():
    store = Memory(budget=3 * 600)
    keys = [("model", "sha", xai.Request("grad_cam", target)) for target in range(4)]
    for key in keys[:3]:
        store.put(key, explanation(10))
    assert store.get(keys[0]) is not None  # now the most recently used
    store.put(keys[3], explanation(10))
    assert store.get(keys[1]) is None
    assert all(store.get(keys[i]) is not None for i in (0, 2, 3))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", "resnet50"),
        ("image", "chelsea+coffee"),
        ("fit", "pad"),
        ("target", 282),
        ("opacity", 0),
        ("relu", False),
        ("layers", ("blocks.4", "blocks.6")),
        ("methods", ("grad_cam", "full_grad")),
        ("rows", "variant"),
        ("tile", 3),
    ],
)
def test_what_a_link_says_is_read_back(field, value):
    declared = FIELDS[field]
    assert declared.decode(declared.encode(value)) == value


def test_every_default_is_accepted_by_its_own_field():
    for declared in FIELDS.values():
        if declared.default not in (AUTO, ""):
            assert declared.decode(declared.encode(declared.default)) == declared.default


@pytest.mark.parametrize(
    ("value", "text"), [(0.394, "39 %"), (0.0123, "1.2 %"), (0.0004, "< 0.1 %"), (0, "0.0 %"), (1, "100 %")]
)
def test_percentages_have_sensible_digits(value, text):
    assert layout.percent(value).replace("\u00a0", " ") == text


@pytest.mark.parametrize(("value", "text"), [(0.0712, "71 ms"), (0.5, "0.50 s"), (12.34, "12 s")])
def test_durations_have_sensible_digits(value, text):
    assert layout.duration(value).replace("\u00a0", " ") == text


def test_an_address_that_was_just_replaced_is_no_new_link(monkeypatch):
    """A click may be sent with the old address while the new one is on its way; later it is a new link."""
    now = [100.0]
    monkeypatch.setattr(address.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(address.st, "session_state", {"_superseded": [({"image": "coffee"}, 99.5)]})
    assert address._out_of_date({"image": "coffee"})
    assert not address._out_of_date({"image": "chelsea"})
    now[0] = 99.5 + address.ON_ITS_WAY + 0.1
    assert not address._out_of_date({"image": "coffee"}), "the browser's way back"


def test_an_address_is_out_of_date_while_its_run_goes_on_however_long(monkeypatch):
    """Two pins clicked one after the other on a slow server are on one pinboard."""
    now, session = [100.0], {"_superseded": [({"image": "coffee"}, float("inf"))]}
    monkeypatch.setattr(address.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(address.st, "session_state", session)
    now[0] += 60
    assert address._out_of_date({"image": "coffee"})
    address.run_ends()
    now[0] += address.ON_ITS_WAY - 0.1
    assert address._out_of_date({"image": "coffee"})
    address.run_ends()
    now[0] += 0.2
    assert not address._out_of_date({"image": "coffee"}), "counted from the end of the run that replaced it"


def test_a_late_click_does_not_bring_the_old_address_back(open_app, tmp_path, monkeypatch):
    """Long work that was started with the address before ends in a rerun, seconds later."""

    def done(*_):
        if address.ON_ITS_WAY:
            monkeypatch.setattr(address, "ON_ITS_WAY", 0.0)
            address.st.rerun()
        return [None]

    Image.new("RGB", (40, 30)).save(tmp_path / "one.png")
    app = open_app("lime", part="set", set="folder")
    app.text_input[0].set_value(str(tmp_path)).run()
    assert app.query_params["folder"] == str(tmp_path)
    del app.query_params["folder"]  # the browser has not heard of it yet
    monkeypatch.setattr(compute, "results", done)
    app.run()
    assert address.ON_ITS_WAY == 0
    assert app.text_input[0].value == str(tmp_path)
    assert app.query_params["folder"] == str(tmp_path)


def test_the_way_back_to_a_bare_address_sets_the_defaults(open_app, monkeypatch):
    app = open_app()
    button(app, "Rocket").click().run()
    assert app.title[0].value.startswith("Answer: missile")
    now = address.time.monotonic() + address.ON_ITS_WAY + 1
    monkeypatch.setattr(address.time, "monotonic", lambda: now)
    app.query_params.clear()
    app.run()
    assert app.title[0].value.startswith("Answer: espresso 23")
    switch(app, "gallery")
    app.query_params["image"] = "coffee"
    app.run()
    app.query_params.clear()
    switch(app, "compare").run()  # another page without a query: what was chosen stays
    assert app.query_params["image"] == "coffee"


def test_a_field_may_have_another_name_in_a_link(open_app):
    app = open_app("adversarial", study="strength", attack="fgsm")
    assert app.query_params["study"] == "strength"
    assert next(g for g in app.get("button_group") if "Strength" in g.options).value == "strength"
