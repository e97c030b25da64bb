"""Compiled networks: OpenVINO runs the recorded steps of a network, on a CPU.

`operations` has a function for each operation that is translated. `program` compiles the steps of a network
from its beginning, or from one intermediate result, to its logits. `availability` says whether that can be
done here. A program gives logits only, so gradients and captures are never taken from it."""

from .availability import why_not_here
from .program import NotTranslatable, Program, Programs

__all__ = ["NotTranslatable", "Program", "Programs", "why_not_here"]
