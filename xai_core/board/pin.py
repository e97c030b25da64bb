"""One pinned result, and the same as a record for JSON with files beside it.

    record, files = to_record(pin, "01_grad_cam")        from_record(record, files.__getitem__)

Arrays go into .npy files and pictures into PNGs, bit by bit; everything else is in the record. A record may
come from anybody, so `from_record` believes nothing: `schema` holds what a record may say, and array headers,
pictures and figures are checked by themselves. InputError says in one sentence what is wrong."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..inputs.images import load_image
from ..methods import METHODS
from ..types import Explanation, ImageInput, InputError, Params
from .figure_check import checked_figure
from .figure_file import built
from .picture import PinnedPicture
from .plain_files import read_array, read_text, to_npy
from .schema import MAX_LINK, MAX_NOTE, MAX_TITLE, check_record

EMPTY_FIGURE = '{"data":[],"layout":{}}'
# of an Explanation, what a record holds under its own name
_EXPLAINED = (
    *("method", "target", "label", "layer", "params", "seed", "signed", "logit", "probability", "forwards"),
    *("seconds", "view_size", "notes", "facts"),
)


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
    again. `key` names the pin, whatever happens to its title, note and place. `damage` says in one sentence
    why a pin of a board cannot be read, "" for one that can; `record` is then its record as it was found,
    which is kept until the pin is removed."""

    page: str
    link: str
    title: str
    figure: str
    note: str = ""
    map: PinnedMap | None = None
    seen: PinnedPicture | None = None
    source: str = ""
    key: str = field(default_factory=lambda: secrets.token_hex(8))
    damage: str = ""
    record: Mapping[str, Any] | None = field(default=None, repr=False)

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
    content, so that pins of one picture share it. The record of a damaged pin is the one that was found."""
    if pin.record is not None:
        return dict(pin.record), {}
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
    check_record(record)
    figure = checked_figure(read_text(read(record["figure"]), record["figure"]))
    built(figure)
    parts = {name: record[name] for name in ("page", "link", "title", "note")}
    key, source = record.get("key") or secrets.token_hex(8), record.get("source", "")
    pin = Pin(**parts, figure=figure, key=key, source=source)
    if record["kind"] == "chart":
        return dataclasses.replace(pin, seen=_seen(record, read)) if "image" in record else pin
    return dataclasses.replace(pin, map=_map(record, read))


def damaged_pin(record: object, reason: str) -> Pin:
    """What stands on a board for a record that `from_record` refused: its key and title where they can be
    read, nothing to draw, and the reason."""
    found = dict(record) if isinstance(record, Mapping) else {"unreadable": str(record)[:MAX_TITLE]}
    key, title = str(found.get("key")), found.get("title")
    if not re.fullmatch(r"[0-9a-f]{16}", key):
        key = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:16]
    title = title if isinstance(title, str) and len(title) <= MAX_TITLE else ""
    title = title.encode("utf-8", "replace").decode()  # half a character cannot be sent to a browser
    return Pin("board", "", title, EMPTY_FIGURE, key=key, damage=reason, record=found)


def _seen(record: Mapping[str, Any], read: Callable[[str], bytes]) -> PinnedPicture:
    return PinnedPicture(read(record["image"]), record["image_name"], record["image_sha256"])


def _map(record: Mapping[str, Any], read: Callable[[str], bytes]) -> PinnedMap:
    named = record["segments"]
    explained = {name: record[name] for name in _EXPLAINED}
    method = METHODS.get(record["method"])
    e = Explanation(
        **explained
        | {
            "heatmap": read_array(read(record["heatmap"]), record["heatmap"], np.float32),
            "segments": None if named is None else read_array(read(named), named, np.int32),
            "params": Params(record["params"]) if method is None else method.recorded(record["params"]),
            "facts": Params(record["facts"]),
            "view_size": tuple(record["view_size"]),
            "notes": tuple(record["notes"]),
            "versus": record.get("versus", ""),
        }
    )
    if e.segments is not None and e.segments.shape != e.heatmap.shape:
        raise InputError(f"A pin has segments of {e.segments.shape} for a map of {e.heatmap.shape} cells.")
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
        Params(record["look"]),
        record.get("identity", ""),
    )
