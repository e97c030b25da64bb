"""What is fetched is checked against a digest, or the app says that it was not."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest

import xai_core as xai
from tests.pages.conftest import html
from xai_core.models.spec import ModelSpec, WeightsFile
from xai_core.models.weights import HUB, check_of, fetch_weights

pytestmark = pytest.mark.hostile
SPEC = ModelSpec("toy", "Toy", "timm", "toy")
BODY = b"weights" * 99
DIGEST = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def fetched(tmp_path, monkeypatch):
    """`fetched(url, etag)` fetches BODY from there, while the hub's metadata state that etag."""
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(tmp_path / "mine"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))

    def retrieve(url, known_hash, name, folder, downloader):
        (tmp_path / "mine").mkdir(exist_ok=True)
        (tmp_path / "mine" / name).write_bytes(BODY)
        return str(tmp_path / "mine" / name)

    def fetch(url, etag):
        def metadata(asked, timeout):
            assert asked == url
            if isinstance(etag, Exception):
                raise etag
            return SimpleNamespace(etag=etag)

        monkeypatch.setattr("pooch.retrieve", retrieve)
        monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", metadata)
        file = WeightsFile("toy.safetensors", url)
        return file, fetch_weights(SPEC, file)

    return fetch


def test_a_file_of_the_hub_is_checked_against_what_the_hub_states(fetched):
    file, path = fetched(f"{HUB}a/b/resolve/main/model.safetensors", DIGEST)
    assert check_of(file) == f"sha256 {DIGEST[:12]}, checked when it was fetched"
    path.write_bytes(b"another file")
    assert check_of(file) == "not checked against a digest"


def test_another_file_than_the_hub_states_is_refused(fetched, tmp_path):
    with pytest.raises(xai.WeightsMissing, match="the download failed"):
        fetched(f"{HUB}a/b/resolve/main/model.safetensors", "0" * 64)
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize("etag", ["", "0" * 40, None, OSError("no answer")])
def test_without_a_digest_it_is_said(etag, fetched):
    file, _ = fetched(f"{HUB}a/b/resolve/main/model.safetensors", etag)
    assert check_of(file) == "not checked against a digest"


def test_a_file_of_another_place_is_said_to_be_unchecked(fetched):
    file, _ = fetched("https://example.org/model.pth", DIGEST)
    assert check_of(file) == "not checked against a digest"


def test_the_app_says_how_its_file_was_checked(open_app):
    app = open_app()
    assert not app.exception
    assert "File of weights" in html(app)
    assert "came with a package" in html(app)
