"""The address of the view that is shown, and whether its picture travels with it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown

from .. import state
from ..results import carried, database
from ..results.carried import KEPT, PINNED
from ..state import brought, tray

if TYPE_CHECKING:
    from xai_core.trust_study import Link

KEEPER = "keeper"  # in an address: the key with which its picture can be deleted
_LINKS, _REFUSED = "_kept_links", "_kept_refused"
WHAT_IS_KEPT = (
    "The picture's file is stored on this server. Who has the link sees the picture, nobody else does, and "
    "you can delete it at any time."
)


def link(page: str) -> None:
    """The address of this view, ready to copy. Opening it runs the page, so that it is never out of date."""
    with st.popover("Link to this view", icon=":material/link:", type="tertiary", on_change="rerun"):
        image = state.get("image")
        mine = _mine(image)
        st.code(_address(page, mine), language=None, wrap_lines=True)
        if mine is not None:
            _kept(page, mine)
        elif carried.is_carried(image):
            _offer(image)
        keeper = brought.keeper(state.get("model"))
        if keeper:
            st.caption(
                "Who has this link may use your model. Only for you: open this address to remove it later."
            )
            st.code(_address(page, mine, **{KEEPER: keeper}), language=None, wrap_lines=True)


def _mine(image: str) -> Link | None:
    """The link for which this visitor keeps the picture, as long as it is kept."""
    found = st.session_state.get(_LINKS, {}).get(image)
    try:
        return found if found and database.kept().for_keeper(found.keeper_key) else None
    except xai.InputError:  # the database does not answer, which its button says when it is pressed
        return None


def _address(page: str, mine: Link | None, **more: str) -> str:
    fields = state.query(page)
    if page != "board":  # whoever has a board's key may change it, so only the board's own link gives it
        fields.pop("board", None)
    for key in ("follow", "seat", "lead"):  # of a meeting, which has links of its own
        fields.pop(key, None)
    image = state.get("image")
    if mine is not None:
        fields["image"] = f"{KEPT}{mine.key}"
    elif image.startswith(PINNED):
        fields["image"] = f"{tray.UPLOAD}pinned picture"
    query = urlencode(fields | more, safe="+:,/")
    return (st.context.url or "").split("?")[0] + (f"?{query}" if query else "")


def _kept(page: str, mine: Link) -> None:
    """How long the picture travels, and the two ways to end that."""
    st.caption(f"The picture is kept until {carried.day(mine.expires)}. Who has this link sees it.")
    st.button("Delete it now", icon=":material/delete:", on_click=_delete, args=(mine,))
    st.caption("Only for you: open this address to delete the picture later.")
    st.code(_address(page, mine, **{KEEPER: mine.keeper_key}), language=None, wrap_lines=True)


def _offer(image: str) -> None:
    """Whether the picture travels, and the button that sees to it."""
    try:
        found = carried.find(image)
    except xai.InputError:
        return  # the page says in its place that it is gone
    if image.startswith(KEPT):
        st.caption(f"The picture travels with the link. {in_markdown(found.source)}.")
        return
    st.caption("The picture does not travel with the link.")
    from xai_core.trust_study.kept import DAYS  # see `results.database`

    text = f"Keep this picture for {DAYS} days"
    st.button(in_markdown(text), icon=":material/schedule:", help=WHAT_IS_KEPT, on_click=_keep, args=(image,))
    refused, sentence = st.session_state.get(_REFUSED, ("", ""))
    if refused == image:
        st.error(in_markdown(sentence))


def _keep(image: str) -> None:
    st.session_state.pop(_REFUSED, None)
    try:
        found = carried.find(image)
        made = database.kept().keep(carried.file(image), found.image.name, found.made)
    except xai.InputError as error:
        st.session_state[_REFUSED] = image, str(error)
        return
    _hold(image, made)


def _hold(image: str, mine: Link) -> None:
    st.session_state[_LINKS] = st.session_state.get(_LINKS, {}) | {image: mine}


@state.told
def _delete(mine: Link) -> None:
    database.kept().remove(mine.keeper_key)
    held = st.session_state.get(_LINKS, {})
    st.session_state[_LINKS] = {image: one for image, one in held.items() if one != mine}


@state.told
def take_keeper() -> None:
    """From the address that a keeper opens: its key goes into this session and out of the address bar, before
    somebody copies it."""
    keeper_key = st.query_params.get(KEEPER)
    if keeper_key is None:
        return
    del st.query_params[KEEPER]
    if brought.take(state.get("model"), keeper_key):
        return
    from xai_core.trust_study import Link

    key = state.get("image").removeprefix(KEPT)
    found = database.kept().for_keeper(keeper_key)
    if found is not None and found == database.kept().find(key):
        _hold(f"{KEPT}{key}", Link(key, keeper_key, found.expires))
