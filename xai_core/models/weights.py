"""Finding a file of weights: pip package, XAI_WEIGHTS_DIR, torch's and the hub's caches, then a download."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

import torch

from ..disk import in_a_home
from ..types import InputError, OnProgress, WeightsMissing
from .spec import ModelSpec, WeightsFile

HUB = "https://huggingface.co/"


def weights_folder() -> Path:
    """Where a person puts weights by hand, and where downloads go: XAI_WEIGHTS_DIR, else torch's own
    cache.
    """
    named = os.environ.get("XAI_WEIGHTS_DIR")
    return Path(named) if named else _torch_cache()


def _torch_cache() -> Path:
    return in_a_home(Path(torch.hub.get_dir())) / "checkpoints"


def find_weights(file: WeightsFile) -> Path | None:
    """The file on this machine, in the order of this module's first line, or None. Never touches the
    network.
    """
    if file.packaged:
        return file.local()
    for folder in dict.fromkeys((weights_folder(), _torch_cache())):
        if (folder / file.filename).is_file():
            return folder / file.filename
    return file.local()


def fetch_weights(spec: ModelSpec, file: WeightsFile, progress: OnProgress | None = None) -> Path:
    """The file on this machine, downloaded if need be with `progress(bytes_done, bytes_total)`.

    Raises WeightsMissing with the file's name, size and folder when it is neither here nor to be had; a
    download that breaks off, has the wrong digest, or is ended by an InputError of `progress`, leaves nothing
    behind."""
    found = find_weights(file)
    if found is not None:
        return found
    try:
        return _download(file, progress)
    except InputError:  # the caller's own, of its progress
        raise
    except (OSError, ValueError) as error:
        reason = "the download failed: " + type(error).__name__
        raise WeightsMissing(
            spec.key, file.filename, file.size_mb, str(weights_folder()), file.url, reason
        ) from error


class _Bar:
    """pooch's progress-bar protocol, passed on to a callable."""

    def __init__(self, progress: OnProgress):
        self._progress, self._done, self.total = progress, 0, 0

    def update(self, count: int) -> None:
        self._done += count
        self._progress(self._done, int(self.total or 0))

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        self._progress(self._done, self._done)


def _download(file: WeightsFile, progress: OnProgress | None) -> Path:
    import pooch

    if not file.url:
        raise ValueError("no address is known")
    pooch.get_logger().setLevel(logging.WARNING)
    folder = weights_folder()
    bar = _Bar(progress) if progress else None
    downloader = pooch.HTTPDownloader(progressbar=bar, timeout=20)
    path = Path(pooch.retrieve(file.url, None, file.filename, folder, downloader=downloader))
    digest = pooch.file_hash(str(path))
    expected = file.sha256 or _hub_digest(file.url)
    if not digest.startswith(expected):
        path.unlink()
        raise ValueError(f"sha256 {digest[:12]} does not begin with {expected}")
    if expected:
        _record(path).write_text(f"{digest} {_stamp(path)}\n")
    return path


def _hub_digest(url: str) -> str:
    """The sha256 that the Hugging Face hub states for a file of its own; "" where it states none, or is asked
    for a file of another place: the file then counts as not checked."""
    from huggingface_hub import get_hf_file_metadata

    if not url.startswith(HUB):
        return ""
    try:
        stated = get_hf_file_metadata(url, timeout=20).etag or ""
    except (OSError, ValueError) as error:
        logging.getLogger(__name__).warning("The hub states no digest of %s: %s", url, error)
        return ""
    return stated if re.fullmatch("[0-9a-f]{64}", stated) else ""


def check_of(file: WeightsFile) -> str:
    """How far the file on this machine was checked, in a few words."""
    path = find_weights(file)
    if path is None:
        return "not on this machine"
    if file.packaged:
        return "came with a package, or was brought"
    record = _record(path)
    told = record.read_text(errors="replace").split(" ", 1) if record.is_file() else ["", ""]
    if told[-1].strip() == _stamp(path):
        return f"sha256 {told[0][:12]}, checked when it was fetched"
    return "not checked against a digest"


def _record(path: Path) -> Path:
    """The file beside a download that says which digest was checked."""
    return path.with_name(f"{path.name}.sha256")


def _stamp(path: Path) -> str:
    """What changes when a file is replaced."""
    found = path.stat()
    return f"{found.st_size} {found.st_mtime_ns}"
