"""The dashboard under Streamlit's AppTest."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from tests.app import new_app


@pytest.fixture(scope="session", autouse=True)
def installed_once() -> Iterator[None]:
    """AppTest reads the metadata of every installed package in each session: a third of a second that a real
    server spends once."""
    with pytest.MonkeyPatch.context() as patch:
        scanned = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scanned)
        yield


@pytest.fixture(autouse=True)
def folders_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders of these tests lie anywhere; what a public server shows is tested in tests/hostile."""
    monkeypatch.setenv("XAI_FOLDERS_ROOT", "/")


@pytest.fixture
def open_app() -> Callable[..., AppTest]:
    """A fresh session: `open_app("gallery", relu="off")` opens that page with that link and runs it. The
    picture is Chelsea the cat where the link names none, and with `image=""` the app's own default."""

    def start(page: str = "overview", **link: str) -> AppTest:
        app = new_app(page)
        if page != "study":
            link = {"image": "chelsea"} | link
        if not link.get("image", "-"):
            del link["image"]
        for key, value in link.items():
            app.query_params[key] = value
        return app.run()

    return start


def html(app: AppTest) -> str:
    """Everything that the page shows as HTML."""
    return "\n".join(element.proto.body for element in app.get("html"))


def labels(app: AppTest) -> list[str]:
    """The labels of all buttons."""
    return [button.label for button in app.button]


def button(app: AppTest, label: str):
    """The button of that label."""
    return next(b for b in app.button if b.label == label)


def toggle(app: AppTest, label: str):
    """The switch of that label."""
    return next(t for t in app.toggle if t.label == label)


def select(app: AppTest, label: str):
    """The select box of that label."""
    return next(s for s in app.selectbox if s.label == label)


def browse(app: AppTest, key: str) -> AppTest:
    """The page with the list of all methods open, which lies behind the short menu of that key."""
    app.session_state[f"{key}.open"] = True
    return app.run()


def choose_method(app: AppTest, method: str) -> AppTest:
    """Overview with a method that its short menu may not have."""
    return select(browse(app, "overview-methods"), "Search").select(method).run()


def opened(app: AppTest) -> list[str]:
    """The names of all maps that can be opened."""
    return [label.removeprefix("Open ") for label in labels(app) if label.startswith("Open ")]


def computed(app: AppTest) -> AppTest:
    """The page with its long work done, as often as some is announced: what takes long depends on the
    machine."""
    for _ in range(4):
        if "Compute" not in labels(app):
            break
        button(app, "Compute").click().run(timeout=240)
    return app
