"""The process that works, and the folders of a server."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from xai_core.trust_study import open_store

from .workshop import Workshop

KEPT = ("XAI_BOARDS_DIR", "XAI_MODELS_DIR", "XAI_DATA_DIR", "XAI_CACHE_DIR")


@pytest.fixture(scope="session")
def shop() -> Iterator[Workshop]:
    with Workshop() as made:
        yield made


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder that every account may enter."""
    with tempfile.TemporaryDirectory(prefix="disk-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def folders(disk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The variables of all folders that a server keeps, on that disk, for this process and the workshop."""
    named = {variable: str(disk / variable[4:-4].lower()) for variable in KEPT}
    for variable, folder in named.items():
        monkeypatch.setenv(variable, folder)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    open_store.cache_clear()
    yield named
    open_store.cache_clear()
