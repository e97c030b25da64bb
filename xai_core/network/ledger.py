"""What was measured about a network while it was used: how many inputs, how many seconds, which layers."""

from __future__ import annotations

import threading

from .attention_heads import HeadLayer


class Ledger:
    """The measurements of one network.

    `rates` holds measured seconds a pass under (method, layer, parameters that matter).
    `default_layers` holds a method's default layer, where it had to be looked for by running the network.
    `refused` holds, by method or by a parameter's value ("baseline=drop"), why it cannot be used with this
    network, where that showed when it was tried.
    `heads` are the heads of each block with attention, or why they cannot be read; None until somebody looks.
    `seconds_per_pass` is the measured time of one picture in a scoring batch; None until it is measured.
    `passes` counts the inputs sent through the network for results since it was loaded: pictures, perturbed
    pictures, points of a path. The fixed noise on which a network is folded, traced and timed is not
    counted."""

    def __init__(self) -> None:
        self.rates: dict[tuple, float] = {}
        self.default_layers: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.heads: tuple[HeadLayer, ...] | str | None = None
        self.seconds_per_pass: float | None = None
        self._passes = 0
        self._lock = threading.Lock()

    @property
    def passes(self) -> int:
        """Inputs sent through the network for results."""
        return self._passes

    def count(self, inputs: int) -> None:
        """Add inputs to `passes`; threads may call it at the same time."""
        with self._lock:
            self._passes += inputs
