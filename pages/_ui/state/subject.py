"""What a page is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from weakref import ref

import xai_core as xai


class _Loaded:
    """The field `handle` of a subject. Streamlit keeps subjects as long as a session lives, in what buttons
    and fragments call. A subject therefore does not keep its network in memory: one that was forgotten
    meanwhile is loaded again when it is asked for."""

    def __set__(self, subject: Subject, handle: xai.ModelHandle) -> None:
        subject.__dict__["_handle"] = ref(handle)

    def __get__(self, subject: Subject | None, _: type[Subject]) -> xai.ModelHandle:
        if subject is None:
            raise AttributeError("handle")  # a dataclass asks for its default: there is none
        found = subject.__dict__["_handle"]()
        if found is None:
            found = LOADER[0](subject.model)
            self.__set__(subject, found)
        return found


LOADER: list[Callable[[str], xai.ModelHandle]] = []  # results.networks, a floor above, puts its `handle` here


@dataclass(frozen=True)
class Subject:
    """What a page is about: all chosen in the sidebar. `handle` is the network of the key `model`. `scores`
    holds every class, most probable first."""

    model: str
    handle: _Loaded = _Loaded()
    image: xai.ImageInput
    scores: tuple[xai.ClassScore, ...]
    target: xai.ClassScore
    versus: xai.ClassScore

    @property
    def predicted(self) -> xai.ClassScore:
        """The most probable class."""
        return self.scores[0]
