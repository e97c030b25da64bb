"""One pinned result, and the same as a record for JSON with files beside it.

    record, files = to_record(pin, "01_grad_cam")        from_record(record, files.__getitem__)

Arrays go into .npy files and pictures into PNGs, bit by bit; everything else is in the record. A record may
come from anybody, so `from_record` believes nothing: types, array headers, pictures and the addresses that a
figure names are checked, and InputError says in one sentence what is wrong."""

from __future__ import annotations

import dataclasses
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..inputs.images import load_image
from ..types import Explanation, ImageInput, InputError, Params
from .figure_file import read_figure
from .picture import PinnedPicture
from .plain_files import read_array, read_text, to_npy

MAX_TITLE, MAX_NOTE, MAX_LINK = 200, 5000, 4000
_NUMBER, _TEXT_OR_NONE = (int, float), (str, type(None))
_PIN = {"title": str, "note": str, "page": str, "link": str, "figure": str, "kind": str}
_PICTURE = {"image": str, "image_sha256": str, "image_name": str}
_MAP = {
    "model": str,
    "weights_sha256": str,
    "drawn": str,
    "look": dict,
    "heatmap": str,
    "segments": _TEXT_OR_NONE,
}
_EXPLAINED = {
    "method": str,
    "target": int,
    "label": str,
    "layer": _TEXT_OR_NONE,
    "params": dict,
    "seed": int,
    "signed": bool,
    "logit": _NUMBER,
    "probability": _NUMBER,
    "forwards": int,
    "seconds": _NUMBER,
    "view_size": list,
    "notes": list,
    "facts": dict,
}


@dataclass(frozen=True, eq=False)
class PinnedMap:
    """A map with what computes it again.

    `model` is the model's key, `weights` the sha256 of its weights, `identity` the handle's identity ("" in
    pins of earlier versions). `picture` is a PNG of `to_png`, `sha256` that of its ImageInput, `e` the
    Explanation. `drawn` is the PNG of the map over the picture, and `look` says how that was drawn: colours,
    opacity, smooth, form, the scale's ends low and high, and the percentile of the values that they hold
    (pins of earlier versions have no form and no percentile)."""

    model: str
    weights: str
    picture: bytes
    picture_name: str
    sha256: str
    drawn: bytes
    e: Explanation
    look: Params
    identity: str = ""

    def image(self) -> ImageInput:
        """The pinned picture as a network takes it. Raises InputError for one that is not what its sha256
        says."""
        return PinnedPicture(self.picture, self.picture_name, self.sha256).image()


@dataclass(frozen=True, eq=False)
class Pin:
    """A result on a board. `page` and `link` (a query string) open the view that it was pinned from; `figure`
    is a Plotly figure as JSON; `map` is None for a chart. `seen` is the picture of that view where no link
    leads to it, such as an upload; a map has its own. `source` names what was pinned, so that a page knows it
    again. `key` names the pin, whatever happens to its title, note and place."""

    page: str
    link: str
    title: str
    figure: str
    note: str = ""
    map: PinnedMap | None = None
    seen: PinnedPicture | None = None
    source: str = ""
    key: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        for name, limit in (("title", MAX_TITLE), ("note", MAX_NOTE), ("link", MAX_LINK)):
            if len(getattr(self, name)) > limit:
                raise InputError(
                    f"A pin's {name} has {len(getattr(self, name))} characters; {limit} are accepted."
                )
        if not re.fullmatch(r"[a-z_]{1,40}", self.page):
            raise InputError(f"There is no page {self.page!r}.")
        if not re.fullmatch(r"[0-9a-f]{16}", self.key):
            raise InputError(f"A pin has the key {self.key!r}; 16 hexadecimal digits are accepted.")

    @property
    def kind(self) -> str:
        """ "map" or "chart"."""
        return "chart" if self.map is None else "map"

    @property
    def picture(self) -> PinnedPicture | None:
        """The picture of the view, if it is pinned too."""
        if self.map is None:
            return self.seen
        return PinnedPicture(self.map.picture, self.map.picture_name, self.map.sha256)


def to_record(pin: Pin, stem: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A dict for JSON, and the files that it names, each beginning with `stem`; a picture is named by its
    content, so that pins of one picture share it."""
    record: dict[str, Any] = {
        "kind": pin.kind,
        "key": pin.key,
        "title": pin.title,
        "note": pin.note,
        "page": pin.page,
        "link": pin.link,
        "figure": f"{stem}.plotly.json",
        "source": pin.source,
    }
    files = {f"{stem}.plotly.json": pin.figure.encode()}
    shown = pin.picture
    if shown is not None:
        record |= {
            "image_sha256": shown.sha256,
            "image_name": shown.name,
            "image": f"picture_{shown.sha256[:16]}.png",
        }
        files[record["image"]] = shown.file
    if pin.map is None:
        return record, files
    pinned, e = pin.map, pin.map.e
    record |= {
        "model": pinned.model,
        "weights_sha256": pinned.weights,
        "identity": pinned.identity,
        "drawn": f"{stem}.png",
        "heatmap": f"{stem}.npy",
        "segments": None,
        "look": dict(pinned.look),
    }
    record |= {name: getattr(e, name) for name in _EXPLAINED}
    record |= {"params": dict(e.params), "facts": dict(e.facts), "versus": e.versus}
    files |= {record["drawn"]: pinned.drawn, record["heatmap"]: to_npy(e.heatmap)}
    if e.segments is not None:
        record["segments"] = f"{stem}.segments.npy"
        files[record["segments"]] = to_npy(e.segments)
    return record, files


def from_record(record: Mapping[str, Any], read: Callable[[str], bytes]) -> Pin:
    """The pin of a record whose files `read` gives. Raises InputError for one that is incomplete, or whose
    picture does not have the sha256 that it says."""
    _check(record, _PIN)
    figure = read_text(read(record["figure"]), record["figure"])
    read_figure(figure)
    parts = {name: record[name] for name in ("page", "link", "title", "note")}
    later = {"source": record.get("source", "")}  # pins of earlier versions have none
    _check(later, {"source": str})
    pin = Pin(**parts, figure=figure, key=record.get("key") or secrets.token_hex(8), **later)
    if record["kind"] == "chart":
        return dataclasses.replace(pin, seen=_seen(record, read)) if "image" in record else pin
    _check(record, _PICTURE | _MAP | _EXPLAINED)
    return dataclasses.replace(pin, map=_map(record, read))


def _seen(record: Mapping[str, Any], read: Callable[[str], bytes]) -> PinnedPicture:
    _check(record, _PICTURE)
    return PinnedPicture(read(record["image"]), record["image_name"], record["image_sha256"])


def _map(record: Mapping[str, Any], read: Callable[[str], bytes]) -> PinnedMap:
    named, versus = record["segments"], record.get("versus", "")  # pins of earlier versions have no `versus`
    _check({"versus": versus}, {"versus": str})
    explained = {name: record[name] for name in _EXPLAINED}
    e = Explanation(
        **explained
        | {
            "heatmap": read_array(read(record["heatmap"]), record["heatmap"], np.float32),
            "segments": None if named is None else read_array(read(named), named, np.int32),
            "params": _plain(record, "params"),
            "facts": _plain(record, "facts"),
            "view_size": tuple(record["view_size"]),
            "notes": tuple(record["notes"]),
            "versus": versus,
        }
    )
    identity = record.get("identity", "")
    _check({"identity": identity}, {"identity": str})
    drawn = read(record["drawn"])
    load_image(drawn, name=record["drawn"])
    return PinnedMap(
        record["model"],
        record["weights_sha256"],
        read(record["image"]),
        record["image_name"],
        record["image_sha256"],
        drawn,
        e,
        _plain(record, "look"),
        identity,
    )


def _check(record: Mapping[str, Any], accepted: Mapping[str, Any]) -> None:
    if not isinstance(record, Mapping):
        raise InputError(f"A pin is a {type(record).__name__}; a table of its settings is accepted.")
    for name, kinds in accepted.items():
        value = record.get(name)
        if (
            name not in record
            or not isinstance(value, kinds)
            or (isinstance(value, bool) and kinds is not bool)
        ):
            raise InputError(f"A pin has {name} {str(value)[:60]!r}, which is missing or of the wrong kind.")


def _plain(record: Mapping[str, Any], name: str) -> Params:
    """A table of plain values; anything else has no place among settings."""
    for key, value in record[name].items():
        if not isinstance(value, (str, int, float, type(None))):
            raise InputError(f"A pin's {name} holds {key} {str(value)[:60]!r}; a plain value is accepted.")
    return Params(record[name])
