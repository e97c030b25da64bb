"""Menus of methods: the six that most people want come first, then the others family by family, as in the
registry; what this network cannot be asked stays visible at the end, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.parameters import Param

WANTED = ("grad_cam", "grad_cam_plus_plus", "integrated_gradients", "smooth_grad", "lime", "kernel_shap")
NOT_HERE, NOT_BOTH = " (not for this network)", " (not for both networks)"


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
    handle: xai.ModelHandle | Sequence[xai.ModelHandle],
    keys: Iterable[str] | None = None,
    label: Callable[[str], str] = lambda key: xai.METHODS[key].label,
) -> Menu:
    """The menu of these methods (None: all of them) for this network, or for all of several; `label` says how
    they are called."""
    every = sorted(xai.METHODS if keys is None else keys, key=_place)
    networks = [handle] if isinstance(handle, xai.ModelHandle) else list(handle)
    asked = {key: [xai.why_not(one, key) for one in networks] for key in every}
    reasons = {key: " ".join(dict.fromkeys(filter(None, why))) for key, why in asked.items() if any(why)}

    not_here = NOT_HERE if len(networks) == 1 else NOT_BOTH

    def called(key: str) -> str:  # the session keeps it, so that it must not hold a network
        return f"{label(key)}{not_here}" if key in reasons else label(key)

    options = [key for key in every if key not in reasons] + list(reasons)
    return Menu(options, called, _said(reasons))


def _place(key: str) -> int:
    """Where a method stands among those of WANTED; all others come after them, in the order they had."""
    return WANTED.index(key) if key in WANTED else len(WANTED)


def choices(handle: xai.ModelHandle, method: str, param: Param) -> Menu:
    """The menu of what a parameter of the method can be: first what this network allows, then the rest."""
    reasons = {}
    if param.needs:
        why = {choice: xai.why_not(handle, method, **{param.name: choice}) for choice in param.choices}
        without = xai.why_not(handle, method)  # what is against the method itself says nothing of a choice
        reasons = {choice: one for choice, one in why.items() if one and one != without}
    options = [choice for choice in param.choices if choice not in reasons] + list(reasons)
    return Menu(
        options, lambda choice: f"{choice}{NOT_HERE}" if choice in reasons else choice, _said(reasons)
    )


def _said(reasons: Mapping[str, str]) -> str | None:
    """Each reason once, a line each, escaped for Markdown; None where there is none."""
    return "  \n".join(in_markdown(reason) for reason in dict.fromkeys(reasons.values())) or None
