"""A table that is written part by part and survives a kill at any moment: nothing is lost, nothing twice.

Part n of FILE.parquet is FILE.parquet.parts/n.parquet, written beside its place and renamed into it, so that
it is whole or not there; a failure is n.error. The settings lie beside them, and a lock that ends with the
process that holds it. At the end all parts become FILE.parquet, with the settings in its metadata, and the
failures FILE.errors.csv.

A part that cannot be read, as a machine without power may leave it, is measured again; a finished file that
cannot be read is refused."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from ..types import InputError

TOGETHER = 200  # parts
KEY = "saliency_lab"  # of the settings, in the finished file's metadata


def errors_of(out: str | Path) -> Path:
    """FILE.errors.csv of FILE.parquet: there only if something failed."""
    return Path(out).with_name(Path(out).stem + ".errors.csv")


def encoded(rows: list[dict[str, object]], columns: Sequence[str]) -> bytes:
    """The part that holds these rows, as the bytes of its file."""
    table = pa.table({name: [row[name] for row in rows] for name in columns})
    into = io.BytesIO()
    pq.write_table(table, into)
    return into.getvalue()


class ResumableTable:
    """The parts of a run beside `out`, to be used in a `with` block. Entering it raises InputError where
    `out` or its parts hold other settings, or where another run is writing them."""

    def __init__(self, out: Path, columns: Sequence[str], settings: Mapping[str, object]):
        self.columns = list(columns)
        self.out, self.parts = out, out.with_name(out.name + ".parts")
        self.errors = errors_of(out)
        self.settings = json.dumps(settings, sort_keys=True)
        self._lock = FileLock(self.parts / "lock", timeout=0, thread_local=False)
        self._failed = 0

    def __enter__(self) -> ResumableTable:
        if not self.out.exists():
            self._take_lock()
        try:
            self._open()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def _take_lock(self) -> None:
        self.parts.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout:
            raise InputError(f"{self.out} is being written by another run; give another file.") from None

    def _open(self) -> None:
        if self.out.exists():  # from before, or since the lock was asked for
            if not readable(self.out):
                raise InputError(
                    f"{self.out} is there already, and is no table that can be read; give another file, or "
                    "delete it."
                )
            self._compare(self.out, _settings_in(self.out))
            self._clear()
            return
        note = self.parts / "settings.json"
        if note.is_file():
            self._compare(self.parts, note.read_text(errors="replace"))
        else:
            _write(note, self.settings.encode())
        self._drop_damaged()
        self._failed = len(list(self.parts.glob("*.error")))

    def _compare(self, place: Path, found: str | None) -> None:
        if found == self.settings:
            return
        try:
            theirs, ours = json.loads(found or "{}"), json.loads(self.settings)
        except ValueError:
            raise InputError(f"{place} is there already, and damaged; delete it.") from None
        other = ", ".join(name for name in ours if theirs.get(name) != ours[name])
        raise InputError(
            f"{place} is there already, of another run (other {other}); give another file, or delete it."
        )

    def _drop_damaged(self) -> None:
        """Delete the parts that cannot be read, so that they are done again."""
        for part in self.parts.glob("*.parquet"):
            if not readable(part):
                part.unlink()
        for note in self.parts.glob("*.error"):
            try:
                json.loads(note.read_bytes())
            except ValueError:
                note.unlink()

    def _clear(self) -> None:
        self._lock.release()  # an open file cannot be deleted everywhere
        shutil.rmtree(self.parts, ignore_errors=True)

    def finished(self) -> pd.DataFrame | None:
        """The table, if the run ended before."""
        return pd.read_parquet(self.out) if self.out.exists() else None

    def has(self, number: int) -> bool:
        """Whether this part is done, or has failed."""
        return self._part(number).is_file() or self._error(number).is_file()

    def kept(self, total: int) -> Iterator[tuple[int, dict[str, object]]]:
        """The rows of the first `total` parts that are done, each with the number of its part."""
        for number in range(total):
            if self._part(number).is_file():
                for row in pq.read_table(self._part(number)).to_pylist():
                    yield number, row

    def put(self, number: int, rows: list[dict[str, object]] | bytes) -> None:
        """Keep a part: its rows, or what `encoded` made of them elsewhere."""
        data = rows if isinstance(rows, bytes) else encoded(rows, self.columns)
        _write(self._part(number), data)

    def fail(self, number: int, name: str, sentence: str) -> None:
        """Keep why a part failed."""
        _write(self._error(number), json.dumps({"image": name, "error": sentence}).encode())
        self._failed += 1

    def failures(self) -> int:
        """How many have failed."""
        return self._failed

    def finish(self, total: int) -> pd.DataFrame:
        """One file of all parts, in the dataset's order, and one of all errors."""
        made = self._all_parts(total)
        if made is None:
            made = pa.Table.from_pandas(pd.DataFrame(columns=self.columns), preserve_index=False)
        made = made.replace_schema_metadata({**(made.schema.metadata or {}), KEY: self.settings})
        failed = [json.loads(self._error(n).read_text()) for n in range(total) if self._error(n).is_file()]
        if failed:
            _write(self.errors, pd.DataFrame(failed).to_csv(index=False).encode())
        else:
            self.errors.unlink(missing_ok=True)  # of a table that was there before
        _in_one_step(self.out, lambda beside: pq.write_table(made, beside))
        self._clear()
        return made.to_pandas()

    def _all_parts(self, total: int) -> pa.Table | None:
        """The rows of all parts; None where there is no part. A table of few rows takes far more memory than
        its rows, so that no more than `TOGETHER` of them are held at a time."""
        held: list[pa.Table] = []
        for number in range(total):
            if self._part(number).is_file():
                held.append(pq.read_table(self._part(number)))
            if len(held) == TOGETHER:
                held = [_joined(held)]
        return _joined(held) if held else None

    def _part(self, number: int) -> Path:
        return self.parts / f"{number:07d}.parquet"

    def _error(self, number: int) -> Path:
        return self.parts / f"{number:07d}.error"


def _joined(tables: list[pa.Table]) -> pa.Table:
    """Their rows in one piece. A column that holds nothing in one part, or whole numbers, takes the type that
    it has in another."""
    return pa.concat_tables(tables, promote_options="permissive").combine_chunks()


def drop_damaged(out: Path) -> None:
    """For a table in a cache, which can be made again: delete it, or the parts of an unfinished one, where it
    cannot be read."""
    parts = out.with_name(out.name + ".parts")
    note = parts / "settings.json"
    try:
        whole = not note.is_file() or isinstance(json.loads(note.read_bytes()), dict)
    except ValueError:
        whole = False
    if not whole:
        shutil.rmtree(parts)
    if out.exists() and not readable(out):
        out.unlink()


def readable(file: Path) -> bool:
    """Whether this is a Parquet file."""
    try:
        pq.read_metadata(file)
    except (pa.ArrowInvalid, OSError):
        return False
    return True


def _settings_in(path: Path) -> str | None:
    try:
        return (pq.read_schema(path).metadata or {}).get(KEY.encode(), b"").decode()
    except (pa.ArrowInvalid, OSError):
        return None


def _write(path: Path, data: bytes) -> None:
    _in_one_step(path, lambda beside: beside.write_bytes(data))


def _in_one_step(path: Path, write: Callable[[Path], object]) -> None:
    """Make a file that is whole or not there; what a full disk cuts short is removed."""
    beside = path.with_name(path.name + ".writing")
    try:
        write(beside)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
