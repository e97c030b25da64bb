"""What a visitor can choose on Leaderboard."""

from __future__ import annotations

from xai_core.ranking.directions import BOXED, SIGN
from xai_core.ranking.plan import ALL, UNTIL

from ..state import entries, forms, visitors
from ..state.fields import Field, choice, joined, whole, words

OFFERED = tuple(key for key in SIGN if key not in BOXED)  # the pictures here have no boxes


def metrics(text: str) -> tuple[str, ...]:
    """Metrics, each once."""
    return tuple(dict.fromkeys(choice(*OFFERED)(word) for word in words(text)))


FIELDS = (
    Field("ranked_of", "samples", visitors.set_of("samples", "folder")),
    Field("ranked_maps", entries.read("grad_cam,layer_cam,gradient"), forms.maps, entries.write),
    Field("ranked_by", ("relevance_gain",), metrics, joined),
    Field("drawn", 100, whole(1, 100_000)),
    Field("until", ALL, choice(*UNTIL)),
)
