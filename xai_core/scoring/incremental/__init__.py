"""Incremental inference: pictures that differ from a known one in few places share its intermediate results.

`trace` records what a network computes, as `steps`, and `fused` has them write less memory. `windows`
describes where maps differ, and `rules` says which steps are local and how they are run on windows. `network`
runs a network on windows, `running` on those of pictures that keep the changes of the ones before. `cost`
models how long that takes. `patchwork` runs pictures that are put together from the superpixels of two, with
the `receptive_field` of each place and a `covering` array. `compiled` has OpenVINO run whole pictures and
patchworks. `engine` checks that the results are right."""

from .cost import CostModel
from .engine import Engine, engine_of, key_of, known_engine, make_patchwork, patchwork_plan
from .network import Incremental
from .patchwork import Patchwork, Plan, put_together
from .running import Running
from .trace import NotTraceable
from .windows import Windows, boxes_as_windows

__all__ = [
    "CostModel",
    "Engine",
    "Incremental",
    "NotTraceable",
    "Patchwork",
    "Plan",
    "Running",
    "Windows",
    "boxes_as_windows",
    "engine_of",
    "key_of",
    "known_engine",
    "make_patchwork",
    "patchwork_plan",
    "put_together",
]
