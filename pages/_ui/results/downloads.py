"""What is fetched when a visitor asks for it: weights, and CIFAR-10.

One download goes on at a time. On a server for visitors all that they fetched may take XAI_VISITOR_DOWNLOADS
megabytes (2,000 where it is not set, 0: they fetch nothing); the list of it lies beside the weights. Some of
the disk stays free. The size that counts is the one that the other server states, and then the bytes that
come. What a visitor reads names no folder of the server."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

import xai_core as xai
from xai_core.datasets import cifar10
from xai_core.models import ModelSpec, WeightsFile, find_model, weights_file, weights_folder
from xai_core.models.clip_files import check_clip, clip_file
from xai_core.models.weights import fetch_weights, find_weights
from xai_core.types import OnProgress

from ..state import visitors
from .flights import Job, Report

MOST_MB = 2_000  # ResNet-50, VGG-16 and ten of their size
STEP = 1_000_000  # bytes after which a download of unknown size is looked at again
SPARE_MB = 500  # of the disk, which other parts of the app write to
_LIST, _LOCK = ".visitors", ".visitors.lock"


class Refused(xai.InputError):
    """A download that is larger than what is accepted."""


def weights(key: str) -> Job:
    """A model's weights. Gives the file; raises InputError, for one person WeightsMissing."""
    spec = find_model(key)
    return Job(
        ("weights", key),
        lambda report: fetched(spec, weights_file(spec), report),
        lambda: 0.0,
        kept=False,
        unit="bytes",
    )


def cifar() -> Job:
    """CIFAR-10. Gives its folder; raises InputError."""

    def run(report: Report) -> Path:
        with _turn(report, cifar10.MEGABYTES):
            folder = _told("CIFAR-10", cifar10.fetched)
            _note(cifar10.data_folder() / cifar10.ARCHIVE)
        return folder

    return Job(("cifar10",), run, lambda: 0.0, kept=False)


def openclip(report: Report) -> None:
    """See to it that the weights of the back end openclip are here, within what visitors may download."""
    architecture, tag = "ViT-B-16", "openai"  # of `concepts.OpenClip`
    check_clip(architecture)
    fetched(
        ModelSpec("openclip", "OpenCLIP", "prompts", architecture, tag), clip_file(architecture, tag), report
    )


def fetched(spec: ModelSpec, file: WeightsFile, report: Report) -> Path:
    """The file of weights on this machine, downloaded if need be."""
    here = find_weights(file)
    if here is not None:
        return here
    with _turn(report, file.size_mb or 0.0) as progress:
        path = _told(file.filename, lambda: fetch_weights(spec, file, progress))
        _note(path)
    return path


def refused(megabytes: float) -> str:
    """Why a visitor may not fetch so many megabytes, as a sentence; "" where he may."""
    disk = _disk_left()
    if megabytes * 1e6 > disk:
        return f"A download of {megabytes:,.0f} MB does not fit on the disk of this server."
    most = limit()
    if most is None:
        return ""
    if most == 0:
        return "Visitors of this server cannot download networks or pictures."
    taken = _taken()
    if megabytes * 1e6 + taken > most:
        return (
            f"A download of {megabytes:,.0f} MB is too large: visitors' downloads take {taken / 1e6:,.0f} MB "
            f"on this server, and at most {most / 1e6:,.0f} MB are accepted."
        )
    return ""


def limit() -> int | None:
    """Bytes that visitors' downloads may take; None at one person's own machine."""
    if visitors.one_person():
        return None
    named = os.environ.get("XAI_VISITOR_DOWNLOADS", "")
    return (int(named) if named.isdecimal() else MOST_MB) * 1_000_000


@contextmanager
def _turn(report: Report, megabytes: float) -> Iterator[OnProgress]:
    """The block has the only download of this server. Gives what it reports to, which ends it when it turns
    out to be larger than what is accepted. Raises InputError where it may not begin."""
    try:
        weights_folder().mkdir(parents=True, exist_ok=True)
        lock = FileLock(weights_folder() / _LOCK)
        _wait(lock, report)
    except OSError as error:
        logging.getLogger(__name__).warning("Nothing can be downloaded: %s", error)
        raise xai.InputError(f"Nothing can be written to this server's folder: {error.strerror}.") from error

    granted = megabytes * 1e6

    def progress(done: int, total: int) -> None:
        nonlocal granted
        if (total or done) > granted:
            _check((total or done) / 1e6)
            granted = total or done + STEP
        report.progress(done, total)

    try:
        _check(megabytes)
        yield progress
    finally:
        lock.release()


def _wait(lock: FileLock, report: Report) -> None:
    """Until the downloads before have ended, or nobody waits for this one any more."""
    while not lock.is_locked:
        report.check()
        try:
            lock.acquire(timeout=0.3)
        except Timeout:
            continue


def _check(megabytes: float) -> None:
    sentence = refused(megabytes)
    if sentence:
        raise Refused(sentence)


def _told(name: str, fetch: Callable[[], Path]) -> Path:
    """What `fetch` gives; what it says to a visitor leaves out where the server keeps its files."""
    try:
        return fetch()
    except xai.InputError as error:
        if visitors.one_person() or isinstance(error, Refused):
            raise
        logging.getLogger(__name__).warning("%s", error)
        raise xai.InputError(f"{name} could not be fetched; the server's log says why.") from error


def _note(path: Path) -> None:
    """Count the file as one that a visitor fetched."""
    if not visitors.one_person():
        with (weights_folder() / _LIST).open("a") as told:
            print(path.resolve(), file=told)


def _taken() -> int:
    """Bytes of all files that visitors fetched and that are still here."""
    told = weights_folder() / _LIST
    if not told.is_file():
        return 0
    paths = {Path(line) for line in told.read_text().splitlines() if line}
    return sum(path.stat().st_size for path in paths if path.is_file())


def _disk_left() -> int:
    """Bytes that may be written to the disk of the weights."""
    folder = weights_folder().absolute()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free - SPARE_MB * 1_000_000
