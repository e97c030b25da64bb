"""The dialog in which a person brings their own classifier."""

from __future__ import annotations

from typing import Any

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.models import add_model, new_keeper
from xai_core.models.outline import most_bytes
from xai_core.models.own import architectures
from xai_core.models.own_settings import IMAGENET, MAX_CLASSES, SIDES, labels_in

from .. import compute, state
from ..results.flights import Job
from ..state import brought, small, visitors
from ..state.shared import AUTO
from ..widgets import layout
from . import ask

FILES = ["safetensors", "pth", "pt", "bin", "tar"]
OTHER = "Other"
SCALES = {"ImageNet": IMAGENET, "0.5": (0.5, 0.5), "None": (0.0, 1.0), OTHER: OTHER}
SCALE_HELP = (
    "ImageNet's mean and deviation, 0.5 and 0.5, none, or your own. A network with one grey channel, which "
    "is recognised by its file, takes one number each."
)
ONE_HELP = "1: one output, read for and against under a sigmoid."
KINDS = ("Weights", "Prompts as classes")
SCORES = {"One class": "softmax", "Each by itself": "sigmoid"}
KEPT_FOR_ALL = "It stays on the machine that runs this app, for everybody who uses the app."
KEPT_FOR_ONE = (
    "It stays on this server. Who has a link to it may use it, nobody else sees it, and you can remove it."
)
_OPEN = "_bring"  # whether the dialog is open


def button() -> None:
    """The way into the dialog, which stays open until it is closed or the model is there; on a small server
    the reason why there is none."""
    if small.no_models():
        layout.note(small.no_models())
        return
    st.button("Bring a model", icon=":material/add:", type="tertiary", on_click=_set, args=(_OPEN, True))
    if st.session_state.get(_OPEN):  # a click beside it must not lose what was typed
        st.dialog("Bring a model", width="medium", dismissible=False)(_form)()


def _set(key: str, value: bool) -> None:
    st.session_state[key] = value


def _form() -> None:
    kind = st.segmented_control(
        "Kind", KINDS, default=KINDS[0], key="bring.kind", required=True, width="stretch"
    )
    if kind == KINDS[1]:
        if ask.form():
            _set(_OPEN, False)
            st.rerun()
    else:
        _checkpoint()
    if st.button("Close", key="bring.close", type="tertiary"):
        _set(_OPEN, False)
        st.rerun()


def _checkpoint() -> None:
    """The part "Weights": an architecture and a file."""
    left, right = st.columns(2)
    name = left.text_input("Name", key="bring.name", placeholder="my-birds")
    architecture = right.selectbox(
        "Architecture",
        architectures(),
        index=None,
        key="bring.architecture",
        accept_new_options=True,
        placeholder="Search, or any name of timm",
        help="A classifier of torchvision, or of timm by name.",
    )
    file = st.file_uploader(
        "Weights",
        FILES,
        key="bring.file",
        max_upload_size=most_bytes() // 1_000_000,
        help="safetensors, or a state_dict saved by torch. No code in it is run.",
    )
    left, right = st.columns(2)
    with left:
        named = _either("Classes", {"Number": False, "Names": True}, "Names: a text file with one a line.")
    with right:
        labels = _names() if named else int(_number("How many", 1, MAX_CLASSES, 10, "count", ONE_HELP))
    settings = _input()
    scores = _either("Right at a time", SCORES, "One class: softmax. Each by itself: sigmoid.")
    st.caption(KEPT_FOR_ALL if visitors.models_are_shared() else KEPT_FOR_ONE)
    settings["activation"] = scores
    if name and file and architecture:
        with compute.when_drawn():
            _add(_job(name, file, architecture, labels, settings), file.size)
    else:
        st.button("Add", type="primary", disabled=True, key="bring.incomplete")
        st.caption("A name, an architecture and a file of weights are needed.")


def _input() -> dict[str, Any]:
    """How the network wants its pictures."""
    left, right = st.columns(2)
    with left:
        scale = _either("Normalisation", SCALES, SCALE_HELP)
    with right, st.container(horizontal=True, gap="small"):
        size = tuple(int(_number(f"Input {side}", *SIDES, 224, side)) for side in ("height", "width"))
    if scale == OTHER:
        with left, st.container(horizontal=True, gap="small"):
            scale = _number("Mean", -1e3, 1e3, 0.5, "mean"), _number("Deviation", 1e-3, 1e3, 0.5, "std")
    return {"size": size, "mean": scale[0], "std": scale[1]}


def _names() -> bytes:
    """The text file of the class names; empty as long as there is none."""
    file = st.file_uploader("One name a line", "txt", key="bring.names", max_upload_size=1)
    return file.getvalue() if file else b""


def _number(title: str, low: float, high: float, value: float, key: str, words: str = "") -> float:
    """A number within limits, whole where they are."""
    digits = None if isinstance(value, int) else "%.4f"
    options: dict[str, Any] = {"key": f"bring.{key}", "format": digits}
    if words:
        return st.number_input(in_markdown(title), low, high, value, help=in_markdown(words), **options)
    return st.number_input(in_markdown(title), low, high, value, **options)


def _either(title: str, choices: dict[str, Any], words: str) -> Any:
    """One of a few, side by side."""
    chosen = st.segmented_control(
        in_markdown(title),
        list(choices),
        default=next(iter(choices)),
        key=f"bring.{title}",
        required=True,
        width="stretch",
        help=in_markdown(words),
    )
    return choices[chosen]


def _job(name: str, file: Any, architecture: str, labels: int | bytes, settings: dict[str, Any]) -> Job:
    keeper = None if visitors.models_are_shared() else new_keeper()

    def run(_: object) -> tuple[str, str]:
        names = labels_in(labels) if isinstance(labels, bytes) else labels
        added = add_model(name, file.getvalue(), architecture, names, keeper=keeper, **settings)
        return added, keeper or ""

    key = ("add model", name, file.file_id, architecture, labels, repr(settings))
    return Job(key, run, lambda: 0.0, kept=False)


def _add(job: Job, size: int) -> None:
    """The button; once the model is there, it is chosen."""
    try:
        brought.check_share(size)
        added = compute.on_click(job, "Add", "bring")
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if added is not None:
        key, keeper = added
        brought.know(key, keeper)
        state.put(model=key, layer="", layers=(), target=AUTO, versus=AUTO)
        _set(_OPEN, False)
        st.rerun()
