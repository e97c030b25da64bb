"""CIFAR-10's test pictures from its binary version: 10,000 pictures of 32 x 32 pixels in one file.

    record = class (1 byte), red (1,024 bytes), green, blue; 10,000 records a file

Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009. The Python version is a pickle, which
runs code when it is opened, so it is not read; the binary version holds the same pictures. Of its archive the
two files that are needed are taken, with their sizes limited, and nothing else is unpacked."""

from __future__ import annotations

import logging
import tarfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..disk import folder_of
from ..types import InputError

FOLDER, BATCH, NAMES = "cifar-10-batches-bin", "test_batch.bin", "batches.meta.txt"
ARCHIVE, MEGABYTES = "cifar-10-binary.tar.gz", 170
URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
PYTHON = ("cifar-10-batches-py", "cifar-10-python.tar.gz")
SIDE, MOST = 32, 10_000  # pixels on a side; pictures
RECORD = 1 + 3 * SIDE * SIDE
_LIMITS = {BATCH: MOST * RECORD, NAMES: 1_000}  # bytes


@dataclass(frozen=True, eq=False)
class Batch:
    """The test set: `data` is uint8 (N, 32, 32, 3), `targets` the N classes, `classes` their names."""

    data: np.ndarray
    targets: tuple[int, ...]
    classes: tuple[str, ...]


def data_folder() -> Path:
    """Where downloads go: XAI_DATA_DIR, else the user's cache."""
    return folder_of("XAI_DATA_DIR", "data")


def home_of(folder: Path) -> Path | None:
    """The folder around CIFAR-10's own folder or archive, of either version, if this is that one or the
    other."""
    if folder.name in (FOLDER, PYTHON[0]):
        return folder.parent
    return folder if any((folder / name).exists() for name in (FOLDER, ARCHIVE, *PYTHON)) else None


def is_here() -> bool:
    """Whether the data folder has the binary version, so that nothing need be downloaded."""
    return any((data_folder() / name).exists() for name in (FOLDER, ARCHIVE))


def fetched() -> Path:
    """The data folder with CIFAR-10 in it, downloaded if need be. Raises InputError where it cannot be."""
    import pooch

    folder = data_folder()
    if is_here():
        return folder
    pooch.get_logger().setLevel(logging.WARNING)
    try:
        downloader = pooch.HTTPDownloader(timeout=20)
        pooch.retrieve(URL, f"sha256:{SHA256}", ARCHIVE, folder, downloader=downloader)
    except (OSError, ValueError) as error:
        raise InputError(
            f"CIFAR-10 is not on this machine and could not be fetched: put {ARCHIVE} ({MEGABYTES} MB, "
            f"{URL}) into {folder}, or connect to the network."
        ) from error
    return folder


@lru_cache(maxsize=1)
def test_batch(folder: Path) -> Batch:
    """The test set in `folder`, from CIFAR-10's own folder there or else from the archive. Raises InputError
    for damaged files, and where only the Python version is there."""
    if not any((folder / name).exists() for name in (FOLDER, ARCHIVE)):
        raise InputError(
            f"{str(folder)!r} has the Python version of CIFAR-10, a pickle, which is not opened since it "
            f"runs code; put {ARCHIVE} ({URL}) beside it."
        )
    try:
        files = _unpacked(folder / FOLDER) if (folder / FOLDER).is_dir() else _archived(folder / ARCHIVE)
        return _read(files[BATCH], files[NAMES])
    except (OSError, EOFError, ValueError, KeyError, tarfile.TarError, zlib.error) as error:
        raise InputError(
            f"{str(folder)!r} does not hold CIFAR-10 as published: {BATCH} or {NAMES} in {FOLDER}, or "
            f"{ARCHIVE}, is missing or damaged."
        ) from error


def _unpacked(folder: Path) -> dict[str, bytes]:
    """The two files of the folder, each up to one byte more than it may have."""
    found = {}
    for name, most in _LIMITS.items():
        with (folder / name).open("rb") as file:
            found[name] = file.read(most + 1)
    return found


def _archived(path: Path) -> dict[str, bytes]:
    """The same two files of the archive."""
    found = {}
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            name = Path(member.name).name
            if member.isfile() and name in _LIMITS:
                file = archive.extractfile(member)
                found[name] = file.read(_LIMITS[name] + 1) if file is not None else b""
            if len(found) == len(_LIMITS):
                break
    return found


def _read(batch: bytes, names: bytes) -> Batch:
    classes = tuple(names.decode("ascii").split())
    if not batch or len(batch) % RECORD or len(batch) > _LIMITS[BATCH] or len(names) > _LIMITS[NAMES]:
        raise ValueError("another size than published")
    records = np.frombuffer(batch, np.uint8).reshape(-1, RECORD)
    targets = tuple(records[:, 0].tolist())
    if max(targets) >= len(classes):
        raise ValueError("a class without a name")
    data = records[:, 1:].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    return Batch(np.ascontiguousarray(data), targets, classes)


def source(folder: Path, number: int) -> str:
    """The name of one picture: FOLDER/cifar-10-batches-bin/test_batch.bin#17."""
    return f"{folder / FOLDER / BATCH}#{number}"


def is_packed(named: str) -> bool:
    """Whether this names one picture of the batch."""
    return Path(named.rpartition("#")[0]).name == BATCH


def pixels(named: str) -> np.ndarray:
    """uint8 (32, 32, 3). The batch is read once."""
    file, _, number = named.rpartition("#")
    return test_batch(Path(file).parent.parent).data[int(number)]
