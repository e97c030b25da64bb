"""The way into a meeting: the picture of what it is, the code, and the QR code."""

from __future__ import annotations

import io
from urllib.parse import urlencode

import streamlit as st

from xai_core.escaping import in_html

from .. import state
from ..assets import ASSETS
from ..results import presenting
from ..widgets import layout
from . import bar

PICTURE = ASSETS / "meeting.svg"
CODE = "meeting-code"


def show() -> None:
    """For who is in no meeting: what it is, and the two ways in."""
    picture, ways = st.columns([1.4, 1], gap="large", vertical_alignment="center")
    with picture:
        st.image(
            str(PICTURE),
            width="stretch",
            alt="One presents; the others see the same picture on their devices, mark where they would look, "
            "and ask.",
        )
    with ways:
        layout.heading("You present")
        st.button(
            "Present live", key="begin", type="primary", icon=":material/co_present:", on_click=bar.start
        )
        layout.note(
            "A picture of your own that you show is kept on this server until you end the meeting, at most "
            "30 days."
        )
        layout.heading("You follow")
        with st.form("join", border=False):
            st.text_input("Code", key=CODE, placeholder="tiger-olive-comet-42", width=320)
            st.form_submit_button("Follow", icon=":material/visibility:", on_click=_join)


@state.told
def _join() -> None:
    from xai_core.meeting import read_code

    state.put(follow=read_code(state.of_widget(CODE, "")), seat="")


def invitation() -> None:
    """For the presenter: the code to read aloud, the QR code, and the link."""
    code = state.get("follow")
    link = f"{_home()}?{urlencode({'follow': code})}"
    with st.container(key="invitation", horizontal=True, vertical_alignment="center", gap="large"):
        st.image(qr(link), width=168, alt=f"QR code of {link}")
        with st.container(gap="small"):
            st.html(f'<div class="code">{in_html(" ".join(code.split("-")))}</div>')
            st.code(link, language=None, wrap_lines=True)
            with st.container(horizontal=True, vertical_alignment="center"):
                with st.popover("End the meeting", icon=":material/stop_circle:", type="tertiary"):
                    st.write("Nobody follows any more, and the code opens nothing. The minutes stay here.")
                    st.button("End it now", type="primary", on_click=_end)
                layout.note("Your own address holds the key to present: who has it may move everybody.")


def _home() -> str:
    """The address of the app's first page."""
    url = (st.context.url or "").split("?")[0].rstrip("/")
    return url.removesuffix(f"/{bar.LIVE}") + "/"


@state.told
def _end() -> None:
    presenting.end()


def qr(link: str) -> bytes:
    """A QR code of a link as a PNG file, black on white in either theme, since phones read it so."""
    import segno

    file = io.BytesIO()
    segno.make(link, micro=False, error="m").save(file, kind="png", scale=8, border=2)
    return file.getvalue()
