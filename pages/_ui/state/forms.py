"""How what a person chooses stands in a link: decoders raise ValueError with one sentence for what they do
not accept."""

from __future__ import annotations

import re

import xai_core as xai
from xai_core.board import is_board_key
from xai_core.inputs.shapes import is_key
from xai_core.metrics.measures import SHARES
from xai_core.models import find_model

from . import entries
from .fields import choice, whole, words

OWN = r"pinned:[A-Za-z0-9_-]{22}:[0-9a-f]{16,64}|kept:[A-Za-z0-9_-]{22}"
index, tile = whole(0, 1_000_000), whole(0, 999)


def model(text: str) -> str:
    return find_model(text).key


def image(text: str) -> str:
    if text.startswith("upload:") or re.fullmatch(OWN, text):
        return text
    if text.startswith(("pinned:", "kept:")):
        raise ValueError("The key of its picture is incomplete.")
    if is_key(text):
        return text
    keys = text.replace(" ", "+").split("+")  # a URL's plus may arrive as a space
    if len(keys) not in (1, 2, 4):
        raise ValueError("A mosaic has two or four pictures.")
    for key in keys:
        if key not in xai.samples():
            raise ValueError(f"The samples are {', '.join(xai.samples())}.")
    return text.replace(" ", "+")


def board(text: str) -> str:
    if not is_board_key(text):
        raise ValueError("A pinboard has a key of 22 letters and digits.")
    return text


def meeting(text: str) -> str:
    if text and not re.fullmatch(r"[a-z]{4,8}(-[a-z]{4,8}){2}-[1-9]\d", text):
        raise ValueError("The code of a meeting is three words and a number, such as tiger-olive-comet-42.")
    return text


def key(text: str) -> str:
    if text and not is_board_key(text):
        raise ValueError("A key has 22 letters and digits.")
    return text


def method(text: str) -> str:
    return choice(*xai.METHODS)(text)


def methods(text: str) -> tuple[str, ...]:
    return tuple(method(word) for word in words(text))


def maps(text: str) -> tuple[entries.Entry, ...]:
    return entries.read(text)


def lime(text: str) -> entries.Entry:
    found = entries.read(text)
    if [one.method for one in found] != ["lime"]:
        raise ValueError("One map of lime is accepted.")
    return found[0]


def entry(text: str) -> entries.Entry:
    found = entries.read(text)
    if len(found) != 1:
        raise ValueError("One map is accepted.")
    return found[0]


def beside(text: str) -> str:
    return model(text) if text else ""


def share(text: str) -> int:
    found = whole(SHARES[0], SHARES[-1])(text)
    if found not in SHARES:
        raise ValueError(f"A multiple of 5 from {SHARES[0]} to {SHARES[-1]} is accepted.")
    return found


def one(found: entries.Entry) -> str:
    return entries.write((found,))


def attack(text: str) -> entries.Entry:
    found = entries.read(text, xai.ATTACKS)
    if len(found) != 1:
        raise ValueError("One attack is accepted.")
    return found[0]


def models(text: str) -> tuple[str, ...]:
    return tuple(model(word) for word in words(text))


def pair(text: str) -> tuple[str, ...]:
    found = models(text)
    if len(set(found)) != 2:
        raise ValueError("Two different models are accepted.")
    return found


def box(text: str) -> tuple[int, ...]:
    """left-right-top-bottom in per cent of the picture."""
    sides = tuple(whole(0, 100)(part) for part in text.split("-"))
    if len(sides) != 4 or sides[0] >= sides[1] or sides[2] >= sides[3]:
        raise ValueError("A box is left-right-top-bottom in per cent, for example 20-60-30-80.")
    return sides


def side(text: str) -> int:
    if text == "0":  # SLIC segments instead of squares
        return 0
    return whole(4, 112)(text)


def numbers(text: str) -> tuple[int, ...]:
    return tuple(whole(0, 9999)(part) for part in text.split(".") if part)


def dashed(values: tuple[int, ...]) -> str:
    return "-".join(map(str, values))


def dotted(values: tuple[int, ...]) -> str:
    return ".".join(map(str, values))
