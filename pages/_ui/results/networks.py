"""The loaded networks, shared by all visitors, within a budget of bytes."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from torch import nn

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.metrics.sanity import HEAD, randomised, stages
from xai_core.models import find_model, on_this_machine, weights_file
from xai_core.models.prompts import description, nonsense
from xai_core.network.batches import keep_freed_memory

from .memory import Memory

PROMPT = "prompt"  # the part that is drawn anew where classes are prompts
LEAST_MB = 700  # ResNet-50 and two small networks; a larger one is then kept alone


def budget() -> int:
    """Bytes that loaded networks may take: XAI_NETWORKS_MB, else a quarter of the machine's memory."""
    named = os.environ.get("XAI_NETWORKS_MB", "")
    if named.isdecimal():
        return int(named) * 1_000_000
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
    return max(LEAST_MB * 1_000_000, machine // 4)


def weight_bytes(handle: xai.ModelHandle) -> int:
    """Bytes of a network's weights, and of the copy in which batch norm is folded into the convolutions."""
    with handle.session() as net:
        tensors = [*net.parameters(), *net.buffers()]
        folds = any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
        own = sum(t.numel() * t.element_size() for t in tensors)
        kernels = sum(t.numel() * t.element_size() for t in tensors if t.ndim == 4)
    return own + (kernels if folds else 0)


keep_freed_memory()
NETWORKS = Memory(budget(), weight_bytes)


def random_key(key: str, part: str) -> str:
    """The key of the same network with random weights in its head ("head"), or everywhere ("all"), or of one
    whose classes are prompts with prompts that mean nothing ("prompt")."""
    return f"{key}~{part}"


def handle(key: str) -> xai.ModelHandle:
    """The loaded model, or with a `random_key` the same network with random weights. The weights must be on
    this machine (`weights_here`). The first one who asks waits until it is loaded."""
    known = (key, _version(key))
    found: xai.ModelHandle | None = NETWORKS.get(known)
    if found is None:
        with _spinner("Drawing random weights" if "~" in key else "Loading the network"):
            found = NETWORKS.make(known, lambda: _loaded(key))
    return found


def is_loaded(key: str) -> bool:
    """Whether `handle` has it at once. A visitor's own model, which has a version, counts as loaded."""
    return key.startswith("own/") or (key, ()) in NETWORKS


def _loaded(key: str) -> xai.ModelHandle:
    name, _, part = key.partition("~")
    if not part:
        return xai.load_model(name)
    trained = handle(name)
    if part == PROMPT:
        return nonsense(trained)
    return randomised(trained, modules=stages(trained)[HEAD] if part == HEAD else None)


def _version(key: str) -> tuple[int, ...]:
    """What changes when an own model is removed and another is added under its name: its files' times and
    sizes."""
    name = key.partition("~")[0]
    if name.startswith("prompts/"):
        return _stamp(description(name).stat())
    if not name.startswith("own/"):
        return ()
    file = weights_file(find_model(name)).local()
    if file is None:
        return ()
    return tuple(number for path in (file, file.parent / "model.json") for number in _stamp(path.stat()))


def _stamp(found: os.stat_result) -> tuple[int, int]:
    return found.st_mtime_ns, found.st_size


def _spinner(words: str) -> Any:
    """A spinner where a page is being drawn; elsewhere, in a thread that works for it, nothing."""
    drawing = get_script_run_ctx(suppress_warning=True) is not None
    return st.spinner(in_markdown(words)) if drawing else nullcontext()


@st.cache_data(ttl=60, show_spinner=False)
def models_here() -> frozenset[str]:
    """Registry models that load without a download; looked up again every minute, since people put files
    down."""
    return frozenset(key for key in xai.MODELS if on_this_machine(key))


def weights_here(key: str) -> bool:
    """Whether this model loads without a download."""
    return key in models_here() or on_this_machine(key)
