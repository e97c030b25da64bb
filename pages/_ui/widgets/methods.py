"""Menus of methods: what this network can be asked comes first; the rest stays visible, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import xai_core as xai
from xai_core.escaping import in_markdown


@dataclass(frozen=True)
class Menu:
    """What a menu of methods is made of: `options`, how each is called, and the help with the reasons of
    those that cannot be used, escaped for Markdown (None where all can)."""

    options: list[str]
    label: Callable[[str], str]
    help: str | None


def usual(handle: xai.ModelHandle) -> str:
    """The method that is shown where none was chosen: AttnLRP for a network that mixes places by attention
    alone, else Grad-CAM. Grad-CAM averages gradients over all tokens, which on such a network may point no
    better than a random map (docs/measured.md, drawn shapes)."""
    mixes_by_attention = "convolution" not in (handle.traits or ("convolution",))
    return "attn_lrp" if mixes_by_attention and not xai.why_not(handle, "attn_lrp") else "grad_cam"


def menu(
    handle: xai.ModelHandle,
    keys: Iterable[str] | None = None,
    label: Callable[[str], str] = lambda key: xai.METHODS[key].label,
) -> Menu:
    """The menu of these methods (None: all of them) for this network; `label` says how they are called."""
    every = list(xai.METHODS if keys is None else keys)
    reasons = {key: why for key in every if (why := xai.why_not(handle, key))}

    def called(key: str) -> str:
        return f"{label(key)} (not for this network)" if key in reasons else label(key)

    options = [key for key in every if key not in reasons] + list(reasons)
    return Menu(
        options,
        called,
        "  \n".join(in_markdown(reason) for reason in dict.fromkeys(reasons.values())) or None,
    )
