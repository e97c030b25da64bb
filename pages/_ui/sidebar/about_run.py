"""What computes here, and how: for those who want to know before they believe a number."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import streamlit as st
import torch

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.models import find_model, weights_check
from xai_core.scoring.incremental import Engine, known_engine

from .. import compute
from ..state import small
from ..widgets import layout


def button(handle: xai.ModelHandle) -> None:
    """The button, with the facts behind it."""
    with st.popover("About this run", type="tertiary", icon=":material/info:", width="stretch"):
        layout.table(facts(handle))


def footer(handle: xai.ModelHandle) -> None:
    """At the end of a page: what does not work here as it should, if anything."""
    engine = _engine(handle)
    if engine is not None and engine.network is None:
        st.caption(
            f":material/info: Incremental inference is off for {in_markdown(find_model(handle.key).label)}. "
            f"{in_markdown(engine.reason)} Whole pictures are computed instead: the same numbers, more "
            "slowly."
        )


def facts(handle: xai.ModelHandle) -> dict[str, str]:
    """Names and values, for a table."""
    about = small.about()
    return {
        "Network": find_model(handle.key).label,
        "File of weights": weights_check(handle.key),
        "Computes on": _device(handle.device),
        "Inputs computed": f"{handle.ledger.passes:,}",
        "Folded network": _folded(handle),
        "Incremental inference": _incremental(handle),
        "Compiled network": _compiled(handle),
        "Last long work": compute.last(),
        "Versions": _versions(),
    } | ({"Small server": about} if about else {})


@cache
def _versions() -> str:
    """Read once: it is read from files."""
    return f"torch {version('torch')}, Streamlit {version('streamlit')}"


def _device(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return (
        f"{device.type.upper()}, {torch.get_num_threads()} threads" if device.type == "cpu" else "Apple GPU"
    )


def _folded(handle: xai.ModelHandle) -> str:
    facts = handle.folded
    if facts is None:
        return "not needed yet"
    if not facts.pairs:
        return f"the network itself. {facts.reason}" if facts.reason else "the network itself"
    return f"{facts.pairs} layers folded, {facts.megabytes:.0f} MB, differs by {facts.error:.1g}"


def _engine(handle: xai.ModelHandle) -> Engine | None:
    """What is known about incremental inference; None before it is first needed."""
    return known_engine(handle.scorer_key) if handle.scorer_key is not None else None


def _incremental(handle: xai.ModelHandle) -> str:
    engine = _engine(handle)
    if engine is None:
        return "not needed yet"
    return f"off. {engine.reason}" if engine.network is None else f"on, differs by {engine.error:.1g}"


def _compiled(handle: xai.ModelHandle) -> str:
    engine = _engine(handle)
    if engine is None:
        return "not needed yet"
    made = engine.compiled
    return f"off. {made.reason}" if made.programs is None else f"OpenVINO, differs by {made.error:.1g}"
