"""CIFAR-10's test batch as torchvision keeps it: 10,000 pictures of 32 x 32 pixels in one file.

Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009. The file is a pickle, which
torchvision opens only after its md5 is found to be the published one."""

from __future__ import annotations

import logging
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..types import InputError

if TYPE_CHECKING:
    from torchvision.datasets import CIFAR10

FOLDER, BATCH, ARCHIVE, MEGABYTES = "cifar-10-batches-py", "test_batch", "cifar-10-python.tar.gz", 170


def data_folder() -> Path:
    """Where downloads go: XAI_DATA_DIR, else the user's cache."""
    import pooch

    named = os.environ.get("XAI_DATA_DIR")
    return Path(named).expanduser() if named else Path(pooch.os_cache("saliency-lab")) / "data"


def home_of(folder: Path) -> Path | None:
    """The folder around cifar-10-batches-py or its archive, if this is that one or the other."""
    if folder.name == FOLDER:
        return folder.parent
    return folder if (folder / FOLDER).is_dir() or (folder / ARCHIVE).is_file() else None


def is_here() -> bool:
    """Whether the data folder has it, so that nothing need be downloaded."""
    return home_of(data_folder()) is not None


def fetched() -> Path:
    """The data folder with CIFAR-10 in it, downloaded if need be. Raises InputError where it cannot be."""
    import pooch
    from torchvision.datasets import CIFAR10

    folder = data_folder()
    if home_of(folder) is not None:
        return folder
    pooch.get_logger().setLevel(logging.WARNING)
    try:
        downloader = pooch.HTTPDownloader(timeout=20)
        pooch.retrieve(CIFAR10.url, f"md5:{CIFAR10.tgz_md5}", ARCHIVE, folder, downloader=downloader)
    except (OSError, ValueError) as error:
        raise InputError(
            f"CIFAR-10 is not on this machine and could not be fetched: put {ARCHIVE} ({MEGABYTES} MB, "
            f"{CIFAR10.url}) into {folder}, or connect to the network."
        ) from error
    return folder


@lru_cache(maxsize=1)
def test_batch(folder: Path) -> CIFAR10:
    """The test set in `folder`, unpacked there if only the archive is. Raises InputError for damaged
    files.
    """
    from torchvision.datasets import CIFAR10
    from torchvision.datasets.utils import check_integrity

    test_only = type("TestBatch", (CIFAR10,), {"train_list": []})  # neither asked for nor checked
    archived = check_integrity(str(folder / ARCHIVE), CIFAR10.tgz_md5)
    try:
        return test_only(folder, train=False, download=archived)  # finds the archive there, and unpacks it
    except (RuntimeError, OSError) as error:
        raise InputError(
            f"{str(folder)!r} does not hold CIFAR-10 as published: {BATCH} or batches.meta in {FOLDER}, or "
            f"{ARCHIVE}, is missing or damaged."
        ) from error


def source(folder: Path, number: int) -> str:
    """The name of one picture: FOLDER/cifar-10-batches-py/test_batch#17."""
    return f"{folder / FOLDER / BATCH}#{number}"


def is_packed(named: str) -> bool:
    """Whether this names one picture of the batch."""
    return Path(named.rpartition("#")[0]).name == BATCH


def pixels(named: str) -> np.ndarray:
    """uint8 (32, 32, 3). The batch is read once."""
    file, _, number = named.rpartition("#")
    return test_batch(Path(file).parent.parent).data[int(number)]
