"""Incremental inference: pictures that differ in a window are scored by running the network on what that
window reaches, and on nothing else.

`trace` records what a network computes. `windows` says where maps differ, and `rules` what each operation
makes of that. `network` runs a network in this way. `engine` says whether a scorer can be run so, and checks
that its results are right. `patchwork` runs pictures that are put together from the superpixels of two, with
what `receptive_field` says of what each place sees."""

from .engine import Engine, engine_of, known_engine, patchwork_of
from .network import Incremental, boxes_as_windows
from .patchwork import Patchwork, put_together
from .trace import NotTraceable
from .windows import Windows

__all__ = [
    "Engine",
    "Incremental",
    "NotTraceable",
    "Patchwork",
    "Windows",
    "boxes_as_windows",
    "engine_of",
    "known_engine",
    "patchwork_of",
    "put_together",
]
