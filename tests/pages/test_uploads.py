"""Uploads are limited in bytes, for each visitor and for all, before their bodies are read."""

import pytest
from streamlit import config

from pages._ui import uploads
from pages._ui.state import small
from tests import loops


@pytest.fixture
def server(monkeypatch):
    """A way to send a request: its status, and whether the app behind the limit was asked. `holds` are the
    bytes that the server holds by session."""
    monkeypatch.setattr(small, "uploads_bytes", lambda: 100)
    asked = []

    async def app(scope, receive, send):
        asked.append(scope["path"])
        await send({"type": "http.response.start", "status": 204, "headers": []})

    limit = uploads.Limit(app)

    def send(size, holds=None, session="me", method="PUT", path="/_stcore/upload_file/{}/f1"):
        monkeypatch.setattr(uploads, "held", lambda: holds or {})
        said, before = [], len(asked)
        headers = [] if size is None else [(b"content-length", str(size).encode())]
        scope = {"type": "http", "method": method, "path": path.format(session), "headers": headers}

        async def answer(message):
            said.append(message)

        loops.run(limit(scope, None, answer))
        return said[0]["status"], len(asked) > before

    send.limit = limit
    return send


@pytest.mark.parametrize(
    ("size", "holds", "status"),
    [
        (50, {}, 204),
        (51, {}, 413),  # half of all is the most for one visitor
        (10, {"me": 40}, 204),
        (11, {"me": 40}, 413),
        (20, {"a": 50, "b": 30}, 204),
        (21, {"a": 50, "b": 30}, 413),
        (None, {}, 411),
    ],
)
def test_who_has_room(server, size, holds, status):
    assert server(size, holds) == (status, status == 204)


def test_other_requests_pass(server):
    assert server(999, method="DELETE") == (204, True)
    assert server(999, path="/_stcore/health") == (204, True)


def test_behind_a_base_path_too(server):
    assert server(999, path="/lab/_stcore/upload_file/{}/f1") == (413, False)


def test_files_on_their_way_count(server):
    server.limit._coming["me"] = 45
    assert server(10) == (413, False)
    assert server(5) == (204, True)
    assert server.limit._coming["me"] == 45, "what has come is counted by Streamlit"


def test_a_visitor_who_breaks_off_gives_his_place_back(server):
    async def breaks(scope, receive, send):
        raise ConnectionError("gone")

    server.limit._app = breaks
    with pytest.raises(ConnectionError):
        server(50)
    assert not server.limit._coming


@pytest.mark.parametrize(("named", "most"), [("1", 20), ("0", 600)])
def test_streamlits_own_limit_is_lowered_on_a_small_server(monkeypatch, named, most):
    monkeypatch.setenv("XAI_SMALL", named)
    before = config.get_option("server.maxUploadSize")
    try:
        config.set_option("server.maxUploadSize", 600)
        uploads.limit_each()
        assert config.get_option("server.maxUploadSize") == most
    finally:
        config.set_option("server.maxUploadSize", before)
