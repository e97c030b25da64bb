"""The models that this visitor may use beside those that are listed: which he brought, or opened by their
address. On a public server nobody else sees them, as with pinboards and kept pictures."""

from __future__ import annotations

import streamlit as st

from xai_core.models import find_model, is_secret, keeps, prompt_models, remove_model, remove_prompts
from xai_core.models.own_store import limit, own_models, stored_bytes
from xai_core.types import InputError

from . import visitors

EACH, EACH_MB = 5, 1_500  # models of a visitor; two of the largest and some small ones
_KEYS = "_brought_models"  # model's key -> its keeper's key, "" where this visitor may only use it


def know(key: str, keeper: str = "") -> None:
    """From now on this visitor may choose the model, and with its keeper's key remove it."""
    held = st.session_state.get(_KEYS, {})
    st.session_state[_KEYS] = held | {key: keeper or held.get(key, "")}


def choices() -> tuple[str, ...]:
    """The keys of brought models and lists of prompts that this visitor may choose, his own first."""
    every = dict.fromkeys([*st.session_state.get(_KEYS, {}), *own_models(), *prompt_models()])
    return tuple(filter(_is_here, every))


def is_brought(key: str) -> bool:
    """Whether the key is that of a brought model or of a list of prompts."""
    return key.startswith(("own/", "prompts/"))


def name(key: str) -> str:
    """What a brought model or a list of prompts is called, read from its key alone: it may be damaged."""
    return key.partition("/")[2].partition("@")[0]


def meet(key: str) -> None:
    """Take note of the model that is shown: who has a secret key may choose that model again."""
    if is_secret(key):
        know(key)


def keeper(key: str) -> str:
    """The keeper's key of a model, if this visitor has it; else ""."""
    return st.session_state.get(_KEYS, {}).get(key, "")


def take(key: str, given: str) -> bool:
    """Take a keeper's key from an address, if it belongs to the model."""
    if not keeps(key, given):
        return False
    know(key, given)
    return True


def may_remove(key: str) -> bool:
    """Whether this visitor may remove the model: who keeps it may, and at his own machine the one person."""
    return is_brought(key) and (bool(keeper(key)) or (visitors.one_person() and key in choices()))


def remove(key: str) -> None:
    """Delete the model from this server."""
    (remove_prompts if key.startswith("prompts/") else remove_model)(key)
    held = st.session_state.get(_KEYS, {})
    st.session_state[_KEYS] = {one: kept for one, kept in held.items() if one != key}


def check_share(more: int = 0) -> None:
    """Raise InputError where one model more, of so many bytes, is more than a visitor may keep here:
    XAI_MODELS_EACH models and lists of prompts, else 5, of XAI_MODELS_EACH_MB megabytes, else 1,500. A
    visitor is this session, with what it brought and what its keepers' keys opened; who begins another
    session begins anew, and is then held by what the whole server keeps."""
    if visitors.one_person():
        return
    mine = [key for key, kept in st.session_state.get(_KEYS, {}).items() if kept or not is_secret(key)]
    sizes = [stored_bytes(key) for key in mine if _is_here(key)]
    most, megabytes = limit("XAI_MODELS_EACH", EACH), limit("XAI_MODELS_EACH_MB", EACH_MB)
    if len(sizes) >= most:
        raise InputError(
            f"You keep {len(sizes)} models on this server; at most {most} are accepted. Remove one first."
        )
    if sum(sizes) + more > megabytes * 1_000_000:
        raise InputError(
            f"Your models on this server would take {(sum(sizes) + more) / 1e6:,.0f} MB; at most "
            f"{megabytes:,} MB are accepted."
        )


def _is_here(key: str) -> bool:
    """Whether there is such a model, whose description can be read."""
    try:
        find_model(key)
    except InputError:
        return False
    return True
