"""The names and shapes of the tensors in a person's file, read before anything as large as the file is made.

    outline(file) -> {name: tensor on the meta device}, which has a shape and takes no memory

Of safetensors only the header is read. A file of `torch.save` is a ZIP archive; before torch 1.6 it was
pickles and then raw numbers. Of it the archive's list is read, and the pickle that describes the tensors, by
an unpickler that knows tensors and plain containers alone and calls nothing else. The pickle's steps are
counted first, since a number in it can make Python's own unpickler reserve gigabytes."""

from __future__ import annotations

import io
import json
import os
import pickle
import pickletools
import struct
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import torch

from ..types import InputError
from .checkpoints import UNREADABLE, State, plain

FILE_MB = 600  # what is uploaded and what it unpacks to: 150 million parameters in 32 bits
DESCRIBED_BYTES = 2_000_000  # a header or pickle of 2,000 tensors with their optimiser takes 1 MB
STEPS = 1_000_000  # of the pickle: half a second
BROKEN = (
    *UNREADABLE,
    zipfile.BadZipFile,
    zlib.error,
    ArithmeticError,
    LookupError,
    MemoryError,
    struct.error,
)
_MAGIC = 0x1950A86A20F9469CFC6C  # the first pickle of a file of torch before 1.6
_LARGEST = 2**61 - 2  # Python's hashes of larger whole numbers can be made to collide
_REFUSED = (
    "BYTEARRAY8",
    "NEXT_BUFFER",
    "READONLY_BUFFER",
    "INST",
    "OBJ",
    "EXT1",
    "EXT2",
    "EXT4",
    "NEWOBJ_EX",
)
_BYTES = {"Double": 8, "Float": 4, "Half": 2, "BFloat16": 2, "Long": 8, "Int": 4, "Short": 2, "Char": 1}
_BYTES |= {"Byte": 1, "Bool": 1, "ComplexFloat": 8, "ComplexDouble": 16, "Untyped": 1}


def most_bytes() -> int:
    """Bytes that a person's file may have, and may unpack to: XAI_MODEL_MB, else 600 MB."""
    named = os.environ.get("XAI_MODEL_MB", "")
    return (int(named) if named.isdecimal() else FILE_MB) * 1_000_000


def outline(file: Path | bytes) -> State:
    """The tensors of a file by their plain names, on the meta device. Raises InputError, and one of BROKEN
    for a file that holds anything but tensors."""
    with io.BytesIO(file) if isinstance(file, bytes) else file.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        if size > most_bytes():
            raise InputError(
                f"The file has {size / 1e6:,.0f} MB; at most {most_bytes() / 1e6:,.0f} are accepted."
            )
        stream.seek(0)
        start = stream.read(9)
        stream.seek(0)
        if start[8:] == b"{":
            return plain(_safe_header(stream, size))
        return plain(_archived(stream) if start[:4] == b"PK\x03\x04" else _before_archives(stream, size))


def _safe_header(stream: IO[bytes], size: int) -> dict[str, Any]:
    (length,) = struct.unpack("<Q", stream.read(8))
    if length > size - 8:
        raise ValueError("cut short")
    _check_described(length)
    told = json.loads(stream.read(length))
    tensors = {name: one for name, one in told.items() if name != "__metadata__"}
    if max((one["data_offsets"][1] for one in tensors.values()), default=0) != size - 8 - length:
        raise ValueError("cut short")
    return {name: _shaped(None, 0, one["shape"]) for name, one in tensors.items()}


def _archived(stream: IO[bytes]) -> Any:
    with zipfile.ZipFile(_Sparing(stream)) as archive:
        unpacked = sum(one.file_size for one in archive.infolist())
        if unpacked > most_bytes():
            most = most_bytes() / 1e6
            raise InputError(
                f"The file unpacks to {unpacked / 1e6:,.0f} MB; at most {most:,.0f} are accepted."
            )
        (described,) = (one for one in archive.infolist() if one.filename.endswith("/data.pkl"))
        _check_described(described.file_size)
        with archive.open(described) as file:
            return _unpickled(io.BytesIO(file.read(DESCRIBED_BYTES)))[0]


def _before_archives(stream: IO[bytes], size: int) -> Any:
    """Four pickles one behind the other: a magic number, two that do not matter, and the tensors."""
    stored: dict[str, int] = {}
    found: list[Any] = []
    place = 0
    for _ in range(4):
        stream.seek(place)
        one, length = _unpickled(io.BytesIO(stream.read(DESCRIBED_BYTES)), stored)
        found.append(one)
        place += length
        if found[0] != _MAGIC:
            raise ValueError("no file of torch")
    if sum(stored.values()) > size:
        raise ValueError("cut short")
    return found[3]


def _check_described(size: int) -> None:
    if size > DESCRIBED_BYTES:
        raise InputError(
            f"The file describes its tensors in {size / 1e6:,.1f} MB; at most {DESCRIBED_BYTES / 1e6:g} MB "
            "are accepted."
        )


def _unpickled(stream: io.BytesIO, stored: dict[str, int] | None = None) -> tuple[Any, int]:
    """What one pickle describes, and its length. `stored` takes the bytes of each storage by its key."""
    for step, (code, argument, _) in enumerate(pickletools.genops(stream)):
        if step >= STEPS:
            raise InputError(
                f"The file describes its tensors in more than {STEPS:,} steps, which are accepted."
            )
        number = argument if isinstance(argument, int) else 0
        memo = "PUT" in code.name and number > step
        large = code.name.startswith("LONG") and abs(number) > _LARGEST and number != _MAGIC
        if code.name in _REFUSED or memo or large:
            raise ValueError(f"the step {code.name} is no part of a description of tensors")
    length = stream.tell()
    stream.seek(0)
    return _Describing(stream, {} if stored is None else stored).load(), length


class _Describing(pickle.Unpickler):
    """An unpickler that makes shapes of tensors and keeps plain containers."""

    def __init__(self, stream: IO[bytes], stored: dict[str, int]):
        super().__init__(stream, encoding="utf-8")
        self._stored = stored

    def find_class(self, module: str, name: str) -> Any:
        known = _KNOWN.get(f"{module}.{name}")
        if known is not None:
            return known
        if module in ("torch", "torch.storage") and name.removesuffix("Storage") in _BYTES:
            return name.removesuffix("Storage")
        if module == "torch" and isinstance(getattr(torch, name, None), torch.dtype):
            return None
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a description of tensors")

    def persistent_load(self, told: Any) -> None:
        _, kind, key, _, count = told[:5]
        self._stored[str(key)] = _BYTES[kind] * int(count)


def _shaped(_storage: Any, _offset: int, size: Any, *_: Any) -> torch.Tensor:
    """A tensor of that shape without memory."""
    sides = tuple(size)
    if not all(type(side) is int and side >= 0 for side in sides):
        raise ValueError(f"{sides} is no shape")
    return torch.empty(sides, device="meta")


def _same(tensor: Any, *_: Any) -> Any:
    return tensor


def _nothing(*_: Any) -> None:
    return None


_KNOWN: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": OrderedDict,
    "torch._utils._rebuild_tensor": _shaped,
    "torch._utils._rebuild_tensor_v2": _shaped,
    "torch._utils._rebuild_parameter": _same,
    "torch.Size": tuple,
    "torch.device": _nothing,
    "collections.Counter": _nothing,
    "builtins.set": _nothing,
    "_codecs.encode": _nothing,
}


class _Sparing(io.BufferedIOBase):
    """A file that refuses to give more at a time than a description takes: an archive's list may be as long
    as the file."""

    def __init__(self, stream: IO[bytes]):
        self._stream = stream

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, place: int, whence: int = 0) -> int:
        return self._stream.seek(place, whence)

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            place = self._stream.tell()
            size = self._stream.seek(0, os.SEEK_END) - place
            self._stream.seek(place)
        _check_described(size)
        return self._stream.read(size)
