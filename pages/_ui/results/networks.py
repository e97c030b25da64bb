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
from xai_core.machine import is_small, memory
from xai_core.metrics.sanity import HEAD, randomised, stages
from xai_core.models import find_model, on_this_machine, weights_file, weights_mb
from xai_core.models.prompts import description, nonsense
from xai_core.network.batches import keep_freed_memory

from ..state import small, subject
from .memory import Memory

PROMPT = "prompt"  # the part that is drawn anew where classes are prompts
LEAST_MB = 700  # ResNet-50 and two small networks; a larger one is then kept alone
SMALL_MB = 300  # on a small server: a network of 150 MB with its folded copy


def budget() -> int:
    """Bytes that loaded networks may take: XAI_NETWORKS_MB, else a quarter of the memory, at least 700 MB; on
    a small server 300 MB."""
    named = os.environ.get("XAI_NETWORKS_MB", "")
    if named.isdecimal():
        return int(named) * 1_000_000
    return SMALL_MB * 1_000_000 if is_small() else max(LEAST_MB * 1_000_000, memory() // 4)


def weight_bytes(handle: xai.ModelHandle) -> int:
    """Bytes of a network's weights, and of the copy in which batch norm is folded into the convolutions."""
    with handle.session() as net:
        tensors = [*net.parameters(), *net.buffers()]
        folds = any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
        own = sum(t.numel() * t.element_size() for t in tensors)
        kernels = sum(t.numel() * t.element_size() for t in tensors if t.ndim == 4)
    return own + (kernels if folds else 0)


keep_freed_memory(*small.freed_bytes())
NETWORKS = Memory(budget(), weight_bytes)
_TOO_LARGE: dict[str, int] = {}  # models by key whose pictures a small server refuses, and their side


def random_key(key: str, part: str) -> str:
    """The key of the same network with random weights in its head ("head"), or everywhere ("all"), or of one
    whose classes are prompts with prompts that mean nothing ("prompt")."""
    return f"{key}~{part}"


def handle(key: str) -> xai.ModelHandle:
    """The loaded model, or with a `random_key` the same network with random weights. The weights must be on
    this machine (`weights_here`). The first one who asks waits until it is loaded. Raises InputError for one
    that a small server does not run."""
    known = (key, _version(key))
    found: xai.ModelHandle | None = NETWORKS.get(known)
    if found is None:
        _make_room(key)
        with _spinner("Drawing random weights" if "~" in key else "Loading the network"):
            found = NETWORKS.make(known, lambda: _loaded(key))
    return found


subject.LOADER[:] = [handle]


def refusal(key: str) -> str:
    """Why a small server does not run the model, in one sentence; "" where it does."""
    if not is_small():
        return ""
    name = key.partition("~")[0]
    return small.refusal(find_model(name).label, weights_mb(name), _TOO_LARGE.get(name))


def _make_room(key: str) -> None:
    """On a small server, refuse what is too large, and forget every other network."""
    if not is_small():
        return
    sentence = refusal(key)
    if sentence:
        raise xai.InputError(sentence)
    name = key.partition("~")[0]
    NETWORKS.forget(lambda known: known[0].partition("~")[0] != name)


def is_loaded(key: str) -> bool:
    """Whether `handle` has it at once. A visitor's own model, which has a version, counts as loaded."""
    return key.startswith("own/") or (key, ()) in NETWORKS


def _loaded(key: str) -> xai.ModelHandle:
    name, _, part = key.partition("~")
    if not part:
        return _of_fitting_size(name, xai.load_model(name))
    trained = handle(name)
    if part == PROMPT:
        return nonsense(trained)
    return randomised(trained, modules=stages(trained)[HEAD] if part == HEAD else None)


def _of_fitting_size(name: str, loaded: xai.ModelHandle) -> xai.ModelHandle:
    """The network, unless a small server refuses its pictures, whose size is known only now."""
    side = max(loaded.input_size)
    if small.refusal(loaded.key, None, side):
        _TOO_LARGE[name] = side
        raise xai.InputError(refusal(name))
    return loaded


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
