"""Where the classifiers that people bring are kept: a folder each, of `model.json` and `weights.safetensors`.

    own/birds                           listed by `own_models`
    own/birds@4n5J...22 characters      listed nowhere: whoever has this key may use the model

The 22 characters are a digest of the keeper's key, 128 random bits; whoever has that may remove the model.
All writing is done under one lock. A folder is made beside its final place and takes its name in one step, so
what lies unfinished while the lock is free was left by a process that was killed; `sweep` deletes it."""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import logging
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from safetensors import SafetensorError
from safetensors.torch import save_file

from ..disk import folder_of, writing
from ..types import InputError

PREFIX = "own/"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
STORED = re.compile(rf"(?P<name>{NAME.pattern})(@[A-Za-z0-9_-]{{22}})?")
MOST_MODELS, MOST_MB = 60, 6_000  # two for each of thirty visitors, a tenth of a small server's disk
FOLDER = "XAI_MODELS_DIR"  # the variable that names the folder
_LOCK, _UNFINISHED = ".lock", ".new-"


def models_folder() -> Path:
    """Where own models lie: XAI_MODELS_DIR, else saliency-lab/models in the user's cache."""
    return folder_of(FOLDER, "models")


def new_keeper() -> str:
    """A keeper's key: 128 random bits."""
    return secrets.token_urlsafe(16)


def stored_name(name: str, keeper: str | None) -> str:
    """The name under which a model or a list of prompts is stored: its own, or with what its keeper's key
    gives behind it."""
    if keeper is None:
        return name
    digest = hashlib.sha256(keeper.encode()).digest()[:16]
    return f"{name}@{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def keeps(key: str, keeper: str) -> bool:
    """Whether that keeper's key belongs to the model of this key."""
    name, at, _ = key.partition("@")
    return bool(at) and secrets.compare_digest(stored_name(name, keeper), key)


def is_secret(key: str) -> bool:
    """Whether the key of an own model, or of a list of prompts, is one that nobody can guess."""
    return key.startswith((PREFIX, "prompts/")) and "@" in key


def own_models() -> tuple[str, ...]:
    """The keys of all listed own models on this machine, by name."""
    found = models_folder().glob("*/model.json")
    return tuple(PREFIX + name for name in sorted(f.parent.name for f in found) if NAME.fullmatch(name))


def home_of(key: str) -> Path | None:
    """The folder of a model; None where there is none of that key."""
    stored = key.removeprefix(PREFIX)
    folder = models_folder() / stored
    return folder if STORED.fullmatch(stored) and (folder / "model.json").is_file() else None


def check_name(name: str) -> None:
    """Raise InputError for what can be no name."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise InputError(
            f"name is {name!r}; up to 60 letters, digits, dots, dashes and underscores are accepted."
        )


def check_room(more: int = 0) -> None:
    """Raise InputError where one model more, of so many bytes, is more than this server keeps:
    XAI_MODELS_MOST models, else 60, and XAI_MODELS_MB megabytes, else 6,000."""
    homes = [file.parent for file in models_folder().glob("*/model.json")]
    most, size = limit("XAI_MODELS_MOST", MOST_MODELS), limit("XAI_MODELS_MB", MOST_MB)
    if len(homes) >= most:
        raise InputError(f"This server keeps {len(homes)} models; at most {most} are accepted.")
    held = sum(file.stat().st_size for home in homes for file in home.iterdir())
    if held + more > size * 1_000_000:
        raise InputError(
            f"The models on this server would take {(held + more) / 1e6:,.1f} MB; at most {size:,} MB are "
            "accepted."
        )


def stored_bytes(key: str) -> int:
    """Bytes of a model's files on this server; 0 where there are none."""
    home = home_of(key)
    return sum(file.stat().st_size for file in home.iterdir()) if home is not None else 0


def limit(variable: str, otherwise: int) -> int:
    """A whole number of the environment, or another one where it is none."""
    named = os.environ.get(variable, "")
    return int(named) if named.isdecimal() else otherwise


def write(stored: str, told: Mapping[str, Any], state: Mapping[str, torch.Tensor]) -> None:
    """Both files under that name. Raises InputError where it is taken, the server is full, or nothing can be
    written."""
    numbers = {key: value.contiguous().clone() for key, value in state.items()}
    with unfinished() as made:
        check_room(sum(value.numel() * value.element_size() for value in numbers.values()))
        if home_of(PREFIX + stored) is not None:
            raise InputError(taken(stored))
        (made / "model.json").write_text(json.dumps(told, indent=1))
        try:
            save_file(numbers, made / "weights.safetensors")
        except SafetensorError as error:  # as the library says that the disk is full
            raise OSError(errno.EIO, "the file of weights cannot be written") from error
        made.chmod(0o755)
        made.rename(models_folder() / stored)


@contextmanager
def unfinished() -> Iterator[Path]:
    """A folder that nobody sees, to be filled by the block, which moves what is finished to its place. It is
    gone at the end, and nobody else writes meanwhile. Raises InputError where nothing can be written."""
    with writing("Models", FOLDER), _alone():
        made = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=models_folder()))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)


def taken(name: str) -> str:
    """The sentence for a name that another model has."""
    return f"There is an own model {name!r} already; give this one another name."


def remove(folder: Path) -> None:
    """Delete a model's folder; it is out of sight in one step. Raises InputError where nothing can be
    written."""
    with unfinished() as gone:
        folder.rename(gone / "model")


def sweep() -> None:
    """Delete what processes that were killed while they wrote have left behind; nothing, and the log says so,
    where the folder cannot be written to."""
    if not models_folder().is_dir():
        return
    try:
        with _alone():
            pass
    except OSError as error:
        logging.getLogger(__name__).warning("The folder of models is not swept: %s", error)


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody else writes for the length of the block; at its start, what is unfinished is deleted."""
    folder = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / _LOCK):
        for left in folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
