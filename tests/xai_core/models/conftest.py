"""Empty weights caches for the tests of this folder."""

from pathlib import Path

import pytest


@pytest.fixture
def folders(tmp_path, monkeypatch) -> dict[str, Path]:
    """Empty caches of its own, and no way out of this machine."""
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(tmp_path / "mine"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    found = {"mine": tmp_path / "mine", "torch": tmp_path / "torch" / "hub" / "checkpoints"}
    for folder in found.values():
        folder.mkdir(parents=True)
    return found
