"""Incremental inference: pictures that differ in a window are scored by running the network on what that
window reaches, and on nothing else.

`tape` writes down what a network computes, `windows` knows where maps differ, `rules` what each operation
makes of that, `network` runs a network so, and `engine` says for a scorer whether it can be run so and is
then right. `patchwork` runs pictures put together from the superpixels of two, with what `spread` knows of
what each place sees."""

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
