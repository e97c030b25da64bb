"""What the units of a layer, and the pictures that they are shown, are called on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xai_core.concepts import block_of, is_heads


@dataclass(frozen=True)
class Words:
    """One and several units, and one and several of the pictures that count as different."""

    unit: str = "unit"
    units: str = "units"
    picture: str = "photograph"
    pictures: str = "photographs"

    def shown(self, count: int) -> str:
        """So many pictures."""
        return f"1 {self.picture}" if count == 1 else f"{count:,} {self.pictures}"


def words_for(layers: Sequence[str], drawn: bool = False) -> Words:
    """The words for units of these layers; `drawn`: they are shown drawings."""
    heads = [is_heads(layer) for layer in layers]
    unit = ("head", "heads") if heads and all(heads) else ("unit", "units")
    if any(heads) and not all(heads):
        unit = ("unit or head", "units and heads")
    return Words(*unit, "drawing", "drawings") if drawn else Words(*unit)


def one(layer: str, unit: int) -> str:
    """ "unit 3 of blocks.6", or "head 3 of blocks.6"."""
    return f"{'head' if is_heads(layer) else 'unit'} {unit} of {block_of(layer)}"


def short(layer: str, unit: int) -> str:
    """The same where the layer is known."""
    return f"{'head' if is_heads(layer) else 'unit'} {unit}"
