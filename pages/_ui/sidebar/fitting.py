"""Which sample pictures a network is offered: photographs, or the drawn shapes that some are made for."""

from __future__ import annotations

from xai_core.inputs.shapes import is_key
from xai_core.models import find_model

from .. import state
from ..results import carried
from ..sets.made_for import drawn
from ..state.shared import AUTO, DEFAULT_DRAWN, DEFAULT_IMAGE


def take(model: str) -> None:
    """Put the network's own first picture in the place of a sample of the other kind, with its predicted
    class. A picture that the visitor brought stays, and a network that a visitor brought takes any."""
    shown = state.get("image")
    if carried.is_carried(shown) or not find_model(model).pictures or is_key(shown) == drawn(model):
        return
    state.put(image=DEFAULT_DRAWN if drawn(model) else DEFAULT_IMAGE, target=AUTO, versus=AUTO)
