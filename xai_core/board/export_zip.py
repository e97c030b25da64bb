"""A board as a ZIP: pictures, raw maps, tables, a manifest, and the script that computes every map again."""

from __future__ import annotations

import io
import json
import platform
import re
import zipfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from ..types import InputError
from .figure_file import figure_picture, figure_table, read_figure
from .pin import Pin, to_record

FORMAT, VERSION = "saliency-lab pinboard", 1
PACKAGES = (
    "torch",
    "torchvision",
    "timm",
    "numpy",
    "pillow",
    "scikit-image",
    "scikit-learn",
    "scipy",
    "plotly",
)


def board_zip(pins: Sequence[Pin], name: str = "") -> bytes:
    """For a map: its PNG, the raw map as .npy (float32, the method's units), its picture as a PNG; for a
    chart or a table: its numbers as CSV; for a picture: its file; for all the Plotly figure. Damaged pins are
    left out. `manifest.json` holds every setting, and `python reproduce.py`, where xai_core can be imported,
    computes the maps again and compares."""
    buffer = io.BytesIO()
    records = []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, pin in enumerate((pin for pin in pins if not pin.damage), 1):
            stem = f"{number:02d}_{_plain(pin.title)}"
            record, files = to_record(pin, stem)
            if pin.map is None:
                _add_contents(read_figure(pin.figure), stem, record, files)
            records.append(record)
            for file in [name for name in files if name not in archive.namelist()]:
                archive.writestr(file, files[file])
        manifest = {"format": FORMAT, "version": VERSION, "name": name, "packages": versions()}
        manifest["pins"] = records
        archive.writestr("manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False))
        archive.writestr("reproduce.py", (Path(__file__).parent / "reproduce.py").read_text())
    return buffer.getvalue()


def _add_contents(figure: go.Figure, stem: str, record: dict[str, Any], files: dict[str, bytes]) -> None:
    """What a chart, a table or a picture holds, for other programs; the record says so where a figure's
    numbers are no table."""
    found = figure_picture(figure)
    if found is not None:
        record["picture"] = f"{stem}.{found[0]}"
        files[record["picture"]] = found[1]
        return
    try:
        files[f"{stem}.csv"] = figure_table(figure).to_csv(index=False).encode()
    except InputError as error:
        record["no_table"] = str(error)
    else:
        record["table"] = f"{stem}.csv"


def _plain(title: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", title).strip("_")[:40] or "pin"


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that change a number."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
