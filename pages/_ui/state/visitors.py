"""Whether this app serves one person at his own machine, or visitors; and which folders they may name.

`saliency-lab` on a loopback address sets XAI_ONE_PERSON=1, unless it is set already; the app then serves the
person who started it. Otherwise folders exist for it only under XAI_FOLDERS_ROOT. What a visitor is told of a
folder that he may not name is what he is told of one that does not exist."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import streamlit as st

import xai_core as xai

from .fields import choice

CLOSED = "Folders of this server are not open to visitors."


def one_person() -> bool:
    """Whether the app was started for one person, and listens to this machine alone."""
    if os.environ.get("XAI_ONE_PERSON") != "1":
        return False
    address = st.get_option("server.address") or ""
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def models_are_shared() -> bool:
    """Whether a model that one visitor brings is listed for all: XAI_SHARED_MODELS=1, or one person."""
    return os.environ.get("XAI_SHARED_MODELS") == "1" or one_person()


def root() -> Path | None:
    """The folder under which folders may be named, links in it resolved; None where it is not limited, or
    there is none."""
    named = os.environ.get("XAI_FOLDERS_ROOT")
    return Path(named).expanduser().resolve() if named else None


def folders_are_open() -> bool:
    """Whether any folder can be named."""
    return root() is not None or one_person()


def offered(kinds: Mapping[str, str]) -> dict[str, str]:
    """Kinds of pictures by name, without "folder" where no folder can be named."""
    return {key: label for key, label in kinds.items() if key != "folder" or folders_are_open()}


def set_of(*kinds: str) -> Callable[[str], str]:
    """A decoder for a kind of pictures; "folder" is refused where no folder can be named."""

    def decode(text: str) -> str:
        if text == "folder" and "folder" in kinds and not folders_are_open():
            raise ValueError(CLOSED)
        return choice(*kinds)(text)

    return decode


def place(text: str) -> Path:
    """The folder or file of a name that a visitor gave, links and dots in it resolved; a relative one lies in
    the root. Raises InputError, with one sentence for what is not there and for what may not be named."""
    if not folders_are_open():
        raise xai.InputError(CLOSED)
    allowed = root()
    if allowed is None:
        return Path(text).expanduser()
    try:
        found = (allowed / text).resolve()
        if found.is_relative_to(allowed) and found.exists():
            return found
    except (OSError, ValueError, RuntimeError):  # too long, a null byte, links that go round
        pass
    raise xai.InputError(f"There is no folder {text!r} that visitors may name.")


def inside(files: Iterable[Path]) -> bool:
    """Whether all these files lie where they may be looked at, after links and dots are resolved."""
    allowed = root()
    if allowed is None:
        return True
    known: dict[Path, bool] = {}
    for file in files:
        folder = file.parent
        if folder not in known:
            known[folder] = folder.resolve().is_relative_to(allowed)
        if not known[folder] or (file.is_symlink() and not file.resolve().is_relative_to(allowed)):
            return False
    return True


def leads_out(folder: Path) -> bool:
    """Whether a link anywhere in the folder leads out of what may be looked at."""
    allowed = root()
    if allowed is None or not folder.is_dir():
        return False
    return any(
        entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(allowed)
        for entry in _entries(folder)
    )


def _entries(folder: Path) -> Iterable[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        for entry in found:
            yield entry
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(Path(entry.path))


def without_root(sentence: str) -> str:
    """A sentence about a folder, as a visitor may read it: where the root lies on the server is left out."""
    allowed = root()
    return sentence if allowed is None or allowed == Path("/") else sentence.replace(f"{allowed}/", "")
