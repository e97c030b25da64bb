"""What a page is about."""

from __future__ import annotations

from dataclasses import dataclass

import xai_core as xai


@dataclass(frozen=True)
class Subject:
    """What a page is about: all chosen in the sidebar. `scores` holds every class, most probable first."""

    model: str
    handle: xai.ModelHandle
    image: xai.ImageInput
    scores: tuple[xai.ClassScore, ...]
    target: xai.ClassScore
    versus: xai.ClassScore

    @property
    def predicted(self) -> xai.ClassScore:
        """The most probable class."""
        return self.scores[0]
