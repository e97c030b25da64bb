"""The cost model of a transformer that runs on some of its tokens: modelled seconds of a batch.

    seconds = sum over blocks of  bytes of weights / rate + fixed
              + pictures * tokens * (weights + 2 * tokens * channels) / dense + pictures * tokens * moved

The rates are those of `incremental.cost`. Only ratios matter: an estimate holds measured seconds against
them. Fitted to four vision transformers of 64 to 768 channels on two cores of a CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from .incremental.cost import RATES, Rates

STEPS = 8  # fixed costs of a block, in those of a step of `incremental.cost`
MOVED = 250  # numbers that a block reads and writes for each channel of a token


@dataclass(frozen=True)
class _Block:
    """Numbers in a block's weights, their bytes, and the channels of its tokens."""

    weights: int
    size: int
    channels: int


class TokenCost:
    """Modelled seconds of these blocks, whose tokens have so many channels, on a kind of device."""

    def __init__(self, blocks: Sequence[tuple[nn.Module, int]], device: str):
        self._rates: Rates = RATES["cpu" if device == "cpu" else "gpu"]
        self._blocks = [_block(module, channels) for module, channels in blocks]

    def batch(self, pictures: int, tokens: int) -> float:
        """Seconds of a batch of pictures with so many tokens each."""
        rates, seconds = self._rates, 0.0
        for block in self._blocks:
            products = (block.weights + 2 * tokens * block.channels) / rates.dense
            moved = MOVED * block.channels * block.size / max(block.weights, 1) / rates.moving
            seconds += block.size / rates.weights + STEPS * rates.step
            seconds += pictures * tokens * (products + moved)
        return seconds


def _block(module: nn.Module, channels: int) -> _Block:
    matrices = [own for own in module.parameters() if own.ndim > 1]
    numbers = sum(own.numel() for own in matrices)
    return _Block(numbers, sum(own.numel() * own.element_size() for own in matrices), channels)
