"""The schemas of what a board's ZIP and its folder say: the manifest, and a pin's record.

A field's `description` is what the sentence of a refusal says is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from ..types import InputError
from .plain_json import check_characters

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

MAX_TITLE, MAX_NOTE, MAX_LINK, MAX_WORD, MAX_SIDE = 200, 5000, 4000, 400, 4096
_LARGEST = 1e300


def _text(most: int, pattern: str = "", said: str = "") -> dict[str, Any]:
    more = {"pattern": pattern} if pattern else {}
    return {
        "type": "string",
        "maxLength": most,
        "description": said or f"text of at most {most} characters",
    } | more


def _whole(low: int, high: int) -> dict[str, Any]:
    said = f"a whole number from {low} to {high:,}"
    return {"type": "integer", "minimum": low, "maximum": high, "description": said}


def _table(
    most: int, values: Mapping[str, Any], needed: tuple[str, ...] = (), **known: Any
) -> dict[str, Any]:
    return {
        "type": "object",
        "maxProperties": most,
        "propertyNames": _text(80),
        "additionalProperties": values,
        "properties": known,
        "required": list(needed),
        "description": f"a table of at most {most} plain values"
        + (f", {', '.join(needed)} among them" if needed else ""),
    }


_NAME = _text(80, r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\Z", "a plain name")
_HEX = _text(64, r"^[0-9a-f]{64}\Z", "64 hexadecimal digits")
_NUMBER = {"type": "number", "minimum": -_LARGEST, "maximum": _LARGEST, "description": "a finite number"}
_PLAIN = {
    "anyOf": [_NUMBER, {"type": ["boolean", "null"]}, _text(MAX_WORD)],
    "description": f"a number, a switch or text of at most {MAX_WORD} characters",
}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1, "description": "a number from 0 to 1"}
_PERCENTILE = {"type": "number", "minimum": 0, "maximum": 100, "description": "a number from 0 to 100"}
_SWITCH = {"type": "boolean", "description": "true or false"}
_SIDE = _whole(1, MAX_SIDE)

_PIN = {
    "kind": {"enum": ["map", "chart"], "description": "map or chart"},
    "title": _text(MAX_TITLE),
    "note": _text(MAX_NOTE),
    "page": _text(40, r"^[a-z_]{1,40}\Z", "a page's name in small letters"),
    "link": _text(MAX_LINK),
    "figure": _NAME,
}
_PICTURE = {"image": _NAME, "image_sha256": _HEX, "image_name": _text(MAX_WORD)}
_LOOK = _table(
    20,
    _PLAIN,
    ("low", "high", "colours", "opacity"),
    low=_NUMBER,
    high=_NUMBER,
    colours=_text(40, r"^[A-Za-z0-9_-]{1,40}\Z", "the name of a colour scale"),
    opacity=_SHARE,
    smooth=_SWITCH,
    form=_text(40, r"^[a-z_]{1,40}\Z", "the name of a form"),
    percentile=_PERCENTILE,
)
_MAP = {
    "model": _text(MAX_WORD),
    "weights_sha256": _text(64, r"^[0-9a-f]*\Z", "hexadecimal digits"),
    "drawn": _NAME,
    "look": _LOOK,
    "heatmap": _NAME,
    "segments": {"anyOf": [_NAME, {"type": "null"}], "description": "a plain name, or null"},
    "method": _text(80),
    "target": _whole(0, 10**9),
    "label": _text(MAX_WORD),
    "layer": {"anyOf": [_text(MAX_WORD), {"type": "null"}], "description": "a layer's name, or null"},
    "params": _table(60, _PLAIN),
    "seed": _whole(-(2**63), 2**64),
    "signed": _SWITCH,
    "logit": _NUMBER,
    "probability": _SHARE,
    "forwards": _whole(0, 10**12),
    "seconds": _NUMBER,
    "view_size": {
        "type": "array",
        "items": _SIDE,
        "minItems": 2,
        "maxItems": 2,
        "description": f"two whole numbers from 1 to {MAX_SIDE:,}",
    },
    "notes": {
        "type": "array",
        "items": _text(2000),
        "maxItems": 50,
        "description": "at most 50 texts of at most 2,000 characters",
    },
    "facts": _table(200, {"type": ["number", "string", "boolean", "null"], "maxLength": MAX_WORD}),
}
_LATER = {  # pins of earlier versions lack these
    "key": _text(16, r"^[0-9a-f]{16}\Z", "16 hexadecimal digits"),
    "source": _text(64),
    "identity": _text(4000),
    "versus": _text(MAX_WORD),
}

_RECORD = {
    "type": "object",
    "properties": _PIN | _PICTURE | _MAP | _LATER,
    "required": list(_PIN),
    "description": "a table of its settings",
    "if": {"properties": {"kind": {"const": "map"}}, "required": ["kind"]},
    "then": {"required": [*_PICTURE, *_MAP]},
    "else": {"dependentRequired": {"image": list(_PICTURE)}},
}


def check_record(record: object) -> None:
    """Raises InputError for what is no record of a pin: the sentence names the field, its value and what is
    accepted."""
    check_characters(record, "A pin")
    errors = sorted(_validator().iter_errors(record), key=lambda error: (len(error.path), str(error.path)))
    if not errors:
        return
    first = errors[0]
    where = ".".join(map(str, first.absolute_path))
    if not isinstance(record, Mapping):
        raise InputError(f"A pin is a {type(record).__name__}; a table of its settings is accepted.")
    if first.validator in ("required", "dependentRequired"):
        # the message of jsonschema begins with the name in quotation marks
        lacks = f"{where}.{first.message.split(chr(39))[1]}" if where else first.message.split("'")[1]
        raise InputError(f"A pin lacks {lacks}, which must be {_accepted(lacks)}.")
    if first.validator == "maxLength":
        count, most = len(first.instance), first.validator_value
        raise InputError(f"A pin's {where} has {count} characters; {most} are accepted.")
    given, wanted = repr(first.instance)[:60], first.schema["description"]
    raise InputError(f"A pin has {where or 'settings'} {given}, which must be {wanted}.")


def _accepted(where: str) -> str:
    """What the schema accepts in a field such as `look.low`."""
    found: Any = _RECORD
    for name in where.split("."):
        found = found["properties"][name]
    return str(found["description"])


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # a tenth of a second that only a board needs

    return Draft202012Validator(_RECORD)
