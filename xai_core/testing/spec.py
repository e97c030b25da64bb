"""A specification: which checks a network has to pass, as a TOML file.

    model = "efficientnet_lite0"        # a key, or own/NAME
    data = "photos/validation"          # as `evaluate --data`; folders count from the file's own
    class_map = "classes.csv"           # where names of the data are no classes of the model
    method = "grad_cam"                 # this and every field of `Check` may stand here for all checks

    [[check]]
    kind = "looks_at"
    share = 0.6

A field that stands in a check counts before one that stands above."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..methods import METHODS
from ..parameters import complete
from ..types import InputError, Params
from ._check import UNSEEING, Check
from ._kind import Kind
from .kinds import find_kind
from .regions import region_text

OWN = ("model", "data", "class_map", "check")
SHARED = ("method", "layer", "params", "explain", "against", "confidence", "about", "limit", "seed")


@dataclasses.dataclass(frozen=True)
class Spec:
    """A specification that was read."""

    model: str
    data: str
    class_map: str | None
    checks: tuple[Check, ...]


def read_spec(file: Path) -> Spec:
    """The specification in a file. Raises InputError for anything in it that is not accepted."""
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read as TOML: {error}.") from error
    unknown = [name for name in found if name not in (*OWN, *SHARED)]
    if unknown:
        raise InputError(f"{file} has {unknown[0]!r}; accepted are {', '.join((*OWN, *SHARED))}.")
    for name in ("model", "data"):
        if not isinstance(found.get(name), str) or not found[name]:
            raise InputError(f"{file} has {name} = {found.get(name)!r}; a text is needed.")
    rows = found.get("check")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{file} has no [[check]]; at least one is needed.")
    if any("boxes" in row for row in rows):
        raise InputError(f"{file} has boxes in a check; boxes come with the data.")
    shared = {name: found[name] for name in SHARED if name in found}
    checks = tuple(check_of({**shared, **row}, file.parent) for row in rows)
    names = [check.name for check in checks]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{file} has two checks named {twice!r}; give each a name of its own.")
    mapped = found.get("class_map")
    return Spec(
        found["model"],
        _placed(found["data"], file.parent),
        None if mapped is None else _placed(str(mapped), file.parent),
        checks,
    )


def check_of(given: Mapping[str, Any], folder: Path | None = None) -> Check:
    """A check from plain values: `kind`, the kind's settings, and fields of `Check`. The name is the kind's
    where none is given. Raises InputError for any that is not accepted."""
    fields = dict(given)
    kind = find_kind(str(fields.pop("kind", "")))
    own = {param.name for param in kind.params}
    settings = complete(kind.params, {name: fields.pop(name) for name in own & set(fields)}, kind.key)
    known = {f.name for f in dataclasses.fields(Check)} - {"kind", "settings"}
    if not kind.regional:
        known -= {"region", "stamp"}
    if not kind.boxed:
        known -= {"boxes"}
    for name in fields:
        if name not in known:
            accepted = ", ".join([*sorted(own), *sorted(known)])
            raise InputError(f"The check {kind.key} has no {name!r}; accepted are {accepted}.")
    fields |= _located(kind, fields, folder)
    fields["params"] = _params(fields.get("method", "grad_cam"), fields.get("params", {}))
    fields.setdefault("explain", kind.explain)
    fields.setdefault("against", kind.against)
    fields["name"] = _name(fields.get("name", kind.key))
    return Check(kind=kind.key, settings=settings, **fields)


def _located(kind: Kind, fields: Mapping[str, Any], folder: Path | None) -> dict[str, str]:
    """The region and the stamp of a check that has them."""
    if not kind.regional:
        return {}
    if "region" not in fields:
        raise InputError(f"The check {kind.key} has no region, which it needs, such as top_right.")
    stamp = str(fields.get("stamp", ""))
    if stamp and folder is not None:
        stamp = str(folder / stamp)
    if stamp and not Path(stamp).is_file():
        raise InputError(f"The stamp is {stamp!r}, where there is no file.")
    return {"region": region_text(fields["region"]), "stamp": stamp}


def _params(method: Any, given: Any) -> Params:
    if method not in METHODS and method not in UNSEEING:
        raise InputError(f"There is no method {method!r}; the methods are {', '.join(METHODS)}.")
    if not isinstance(given, Mapping):
        raise InputError(f"params is {given!r}; a table such as {{ steps = 20 }} is accepted.")
    return Params({}) if method in UNSEEING else METHODS[method].complete(given) if given else Params({})


def _name(given: Any) -> str:
    if not isinstance(given, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,59}", given):
        raise InputError(
            f"A check is named {given!r}; letters, digits, spaces, - and _ are accepted, 60 at most."
        )
    return given


def _placed(text: str, folder: Path) -> str:
    """A file or folder beside the specification where there is one of that name, else the text itself."""
    beside = folder / Path(text).expanduser()
    return str(beside) if beside.exists() else text


def toml_of(model: str, data: str, check: Check) -> str:
    """A specification of one check, which `read_spec` reads; what is as offered is left out."""
    kind, lines = find_kind(check.kind), []
    offered = {"method": "", "explain": kind.explain, "against": kind.against, "about": "", "name": kind.key}
    for name in ("name", *SHARED, "region", "stamp"):
        value = getattr(check, name)
        if name == "params" or value in (None, "", offered.get(name)) or (name == "seed" and value == 0):
            continue
        lines.append(f"{name} = {_toml(value)}")
    lines += [f"{name} = {_toml(value)}" for name, value in check.settings.items()]
    if check.params:
        rows = ", ".join(f"{name} = {_toml(v)}" for name, v in check.params.items() if v is not None)
        lines.append(f"params = {{ {rows} }}")
    head = [
        f"model = {_toml(model)}",
        f"data = {_toml(data)}",
        "",
        "[[check]]",
        f"kind = {_toml(check.kind)}",
    ]
    return "\n".join([*head, *lines]) + "\n"


def _toml(value: object) -> str:
    """A text, number or truth value as TOML has it, which is as JSON has it."""
    return json.dumps(value)
