"""Sentences with proofs: a clause is a predicate over numbers with intervals, and its text follows from them.

    clause = about("on", {"what": "the map", "where": "the dog"}, maps, regions)
    clause.text          "Most of the map lies on the dog: 71 % (66 to 75), a random map 22 %."
    parse(clause.text)   the predicate again, equal to clause.said
    clause.said.true_of(maps, regions)      the predicate, evaluated on the raw arrays

A kind of clause has several statements, of which the numbers choose one; the last one says that nothing is
decided. The control comes first: "most of the map lies on the dog" is not said where a random map would lie
there just as much. `clause_kinds` holds the kinds and their tests."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..types import InputError
from .clause_kinds import FORMS, Form, Number

_NUMBER = r"(?:−?[0-9.]+(?:\u00a0%)?(?: \(−?[0-9.]+ to −?[0-9.]+\))?|no value)"


@dataclass(frozen=True)
class Said:
    """What a text says: the kind, which of its statements, its words, and the numbers as they are printed."""

    kind: str
    statement: int
    words: tuple[tuple[str, str], ...]
    printed: tuple[tuple[str, str], ...]

    def true_of(self, *arrays: np.ndarray) -> bool:
        """Whether the raw arrays, given as to `about`, bear out the statement and every printed number."""
        form = FORMS[self.kind]
        numbers = form.numbers(*arrays)
        chosen = form.choose(numbers)
        return chosen == self.statement and _printed(form, chosen, numbers) == self.printed


@dataclass(frozen=True)
class Clause:
    """A sentence, what it says, and the numbers that prove it by name, also those that it does not print."""

    text: str
    said: Said
    numbers: tuple[tuple[str, Number], ...]

    @property
    def decided(self) -> bool:
        """Whether the sentence claims anything."""
        return self.said.statement < len(FORMS[self.said.kind].statements) - 1


def about(kind: str, words: Mapping[str, str], *arrays: np.ndarray) -> Clause:
    """The clause of that kind about the arrays that its Form names. Raises InputError for an unknown kind,
    for other words than it has, and for words from which the sentence could not be read back."""
    if kind not in FORMS:
        raise InputError(f"There is no kind of clause {kind!r}; there are {', '.join(FORMS)}.")
    form = FORMS[kind]
    if set(words) != set(form.words):
        raise InputError(
            f"A clause of the kind {kind!r} has the words {', '.join(form.words)}; given are "
            f"{', '.join(words) or 'none'}."
        )
    numbers = form.numbers(*arrays)
    statement = form.choose(numbers)
    said = Said(
        kind, statement, tuple((name, words[name]) for name in form.words), _printed(form, statement, numbers)
    )
    text = form.statements[statement].format(**dict(said.words), **dict(said.printed))
    if _read(text) != said:
        raise InputError(f"The words {', '.join(map(repr, words.values()))} make no sentence that is clear.")
    return Clause(text, said, tuple(numbers.items()))


def parse(text: str) -> Said:
    """What a sentence of `about` says. Raises InputError for any other text."""
    found = _read(text)
    if found is None:
        raise InputError(f"{text[:80]!r} is no sentence of a clause.")
    return found


def printed(number: Number, percent: bool) -> str:
    """ "71 % (66 to 75)", or "71 %" for what has no interval, or is exact; a true minus sign."""
    if math.isnan(number.value):
        return "no value"
    value, low, high = (_plain(each, percent) for each in (number.value, number.low, number.high))
    value += "\u00a0%" if percent else ""
    return value if math.isnan(number.low) or number.exact else f"{value} ({low} to {high})"


def proof(clause: Clause) -> tuple[str, ...]:
    """The numbers of a clause, each with what it is and from how many pictures it comes."""
    form, words = FORMS[clause.said.kind], dict(clause.said.words)
    return tuple(
        f"{form.labels[name].format(**words)}: {printed(number, form.percent)}, n = {number.pictures}"
        for name, number in clause.numbers
    )


def _read(text: str) -> Said | None:
    for kind, form in FORMS.items():
        for place in range(len(form.statements)):
            match = _pattern(kind, place).fullmatch(text)
            if match is not None:
                found = match.groupdict()
                words = tuple((name, found[name]) for name in form.words)
                names = _names(form, place)
                return Said(kind, place, words, tuple((name, found[name]) for name in names))
    return None


def _printed(form: Form, statement: int, numbers: Mapping[str, Number]) -> tuple[tuple[str, str], ...]:
    """The numbers of a statement, as they are printed, in its order."""
    return tuple((name, printed(numbers[name], form.percent)) for name in _names(form, statement))


def _names(form: Form, statement: int) -> list[str]:
    """The numbers that a statement prints."""
    names = re.findall(r"\{(\w+)\}", form.statements[statement])
    return [name for name in dict.fromkeys(names) if name not in form.words]


@cache
def _pattern(kind: str, place: int) -> re.Pattern[str]:
    """What the texts of a statement look like: each word one group, each number one group."""
    form, made, seen = FORMS[kind], "", set[str]()
    for part in re.split(r"(\{\w+\})", form.statements[place]):
        name = part[1:-1] if part.startswith("{") else ""
        if not name:
            made += re.escape(part)
        elif name in seen:
            made += f"(?P={name})"
        else:
            seen.add(name)
            made += f"(?P<{name}>{r'[^:;]+?' if name in form.words else _NUMBER})"
    return re.compile(made)


def _plain(value: float, percent: bool) -> str:
    text = f"{100 * value:.0f}" if percent else f"{value:.3f}"
    if text.startswith("-") and float(text) == 0:
        text = text[1:]
    return text.replace("-", "−")
