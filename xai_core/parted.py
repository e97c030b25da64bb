"""A table that is written part by part and survives a kill at any moment: nothing is lost, nothing twice.

Part n of FILE.parquet is FILE.parquet.parts/n.parquet, written beside its place and renamed into it, so that
it is whole or not there; a failure is n.error. The settings lie beside them. At the end all parts become
FILE.parquet, with the settings in its metadata, and the failures FILE.errors.csv."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from .types import InputError

KEY = "saliency_lab"  # of the settings, in the finished file's metadata


class PartedTable:
    """The parts of a run beside `out`. Raises InputError where `out` or its parts hold other settings."""

    def __init__(self, out: Path, columns: Sequence[str], settings: Mapping[str, object]):
        self.columns = list(columns)
        self.out, self.parts = out, out.with_name(out.name + ".parts")
        self.errors = out.with_name(out.stem + ".errors.csv")
        self.settings = json.dumps(settings, sort_keys=True)
        if out.exists():
            if _settings_in(out) != self.settings:
                raise InputError(f"{out} is there already, of another run; give another file, or delete it.")
            shutil.rmtree(self.parts, ignore_errors=True)
            return
        self.parts.mkdir(parents=True, exist_ok=True)
        note = self.parts / "settings.json"
        if not note.is_file():
            _write(note, self.settings.encode())
        elif note.read_text() != self.settings:
            raise InputError(f"{self.parts} holds another run ({note.read_text()}); give another file.")

    def finished(self) -> pd.DataFrame | None:
        """The table, if the run ended before."""
        return pd.read_parquet(self.out) if self.out.exists() else None

    def has(self, number: int) -> bool:
        """Whether this part is done, or has failed."""
        return self._part(number).is_file() or self._error(number).is_file()

    def put(self, number: int, rows: list[dict[str, object]]) -> None:
        """Keep a part."""
        beside = self._part(number).with_suffix(".writing")
        pd.DataFrame(rows, columns=self.columns).to_parquet(beside, index=False)
        os.replace(beside, self._part(number))

    def fail(self, number: int, name: str, sentence: str) -> None:
        """Keep why a part failed."""
        _write(self._error(number), json.dumps({"image": name, "error": sentence}).encode())

    def failures(self) -> int:
        """How many have failed."""
        return len(list(self.parts.glob("*.error")))

    def finish(self, total: int) -> pd.DataFrame:
        """One file of all parts, in the dataset's order, and one of all errors."""
        parts = [pd.read_parquet(self._part(n)) for n in range(total) if self._part(n).is_file()]
        table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=self.columns)
        failed = [json.loads(self._error(n).read_text()) for n in range(total) if self._error(n).is_file()]
        beside = self.out.with_name(self.out.name + ".writing")
        made = pa.Table.from_pandas(table, preserve_index=False)
        pq.write_table(
            made.replace_schema_metadata({**(made.schema.metadata or {}), KEY: self.settings}), beside
        )
        if failed:
            pd.DataFrame(failed).to_csv(self.errors, index=False)
        os.replace(beside, self.out)
        shutil.rmtree(self.parts)
        return table

    def _part(self, number: int) -> Path:
        return self.parts / f"{number:07d}.parquet"

    def _error(self, number: int) -> Path:
        return self.parts / f"{number:07d}.error"


def _settings_in(path: Path) -> str | None:
    try:
        return (pq.read_schema(path).metadata or {}).get(KEY.encode(), b"").decode()
    except (pa.ArrowInvalid, OSError):
        return None


def _write(path: Path, data: bytes) -> None:
    beside = path.with_suffix(path.suffix + ".writing")
    beside.write_bytes(data)
    os.replace(beside, path)
