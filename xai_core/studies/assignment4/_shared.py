"""What parts 2 to 4 ask for: the same network, pictures and parameters, so that they share their steps."""

from __future__ import annotations

from ...types import Params
from .._recipe import Ask, Needs, StandIn

ASKS = Needs(
    Ask("resnet50"),
    Ask("ten"),
    Params({"samples": 500, "segments": 50, "percent": 20.0, "baseline": "blur", "draws": 5}),
)
STAND_IN = StandIn(Ask("efficientnet_lite0"), Ask("shipped"))
PICTURES = 10
