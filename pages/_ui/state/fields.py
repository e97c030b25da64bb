"""A field: one thing that a person can choose, how it stands in a URL, and which page shows it.

Pages declare their fields in `_ui/<page>/fields.py`; `shared` holds those of every page."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Field:
    """A piece of state: how it stands in a URL, and its value when nobody has chosen. `decode` raises
    ValueError with one sentence for what it does not accept."""

    key: str
    default: Any
    decode: Callable[[str], Any]
    encode: Callable[[Any], str] = str
    page: str = ""  # the only page that shows it; "" is every page
    address: str = ""  # its name in a URL, where that is not its key
    shown: tuple[str, ...] = ()  # of a field of every page, those that use it; its link is silent elsewhere

    def belongs(self, page: str) -> bool:
        """Whether it stands in the links of a page."""
        return self.page in ("", page) and (not self.shown or page in self.shown)

    @property
    def name(self) -> str:
        """What it is called in a URL."""
        return self.address or self.key


def choice(*accepted: str) -> Callable[[str], str]:
    """A decoder for one of a few words."""

    def decode(text: str) -> str:
        if text not in accepted:
            raise ValueError(f"Accepted are {', '.join(accepted)}.")
        return text

    return decode


def whole(low: int, high: int) -> Callable[[str], int]:
    """A decoder for a whole number in low..high."""

    def decode(text: str) -> int:
        number = int(text) if text.lstrip("-").isdecimal() else None
        if number is None or not low <= number <= high:
            raise ValueError(f"A whole number from {low} to {high} is accepted.")
        return number

    return decode


def flag(text: str) -> bool:
    """A decoder for on and off."""
    return choice("on", "off")(text) == "on"


def on_off(value: bool) -> str:
    """The encoder that belongs to `flag`."""
    return "on" if value else "off"


def words(text: str) -> tuple[str, ...]:
    """A decoder for a comma-separated list."""
    return tuple(part for part in text.split(",") if part)


def joined(values: tuple[str, ...]) -> str:
    """The encoder that belongs to `words`."""
    return ",".join(values)


FIELDS: dict[str, Field] = {}  # by key, in the order in which they were declared
PAGES: set[str] = set()  # the keys of all pages that declared theirs


def declare(fields: Sequence[Field], page: str = "") -> None:
    """Make fields known, as shown by `page` alone or, with "", by every page. Declaring one again replaces
    it."""
    PAGES.update([page] if page else [])
    FIELDS.update({field.key: dataclasses.replace(field, page=page) for field in fields})
