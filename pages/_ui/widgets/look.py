"""How maps and charts look: settings of figures, never of a network."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from xai_core.escaping import in_markdown
from xai_core.figures import DIVERGING, SEQUENTIAL, Look
from xai_core.metrics import agreement

from .. import state
from ..results import following, idle
from . import choose

NAMES = {
    "value": "As opaque as its value is large",
    "contours": "Lines around the strongest places",
    "blend": "Equally opaque everywhere",
    "beside": "Beside the picture",
}


def redrawn(draw: Callable[..., None]) -> Callable[..., None]:
    """A part of a page that is drawn again by itself when something in it changes that runs no network, such
    as its look. What it shows has been computed before and is given to it."""

    @st.fragment
    @wraps(draw)
    def part(*given: Any, **named: Any) -> None:
        with idle.foreground():
            draw(*given, **named)
            state.write_url(state.page())
            state.run_ends()

    return part


def choose_look() -> Look:
    """Colour scale, opacity and cells: settings of figures, so moving one runs no network. It is called in a
    part that is `redrawn`, so that nothing else of the page runs either. Who is led by a presenter sees the
    presenter's look."""
    if following.led():
        return chosen()
    with st.popover("Look", icon=":material/tune:", type="tertiary"):
        form = st.selectbox("Form", list(NAMES), key=state.bind("form"), format_func=NAMES.get)
        state.keep("form", form)
        opacity = st.slider(
            "Opacity of the map",
            0,
            100,
            key=state.bind("opacity"),
            format="%d %%",
            disabled=form not in ("value", "blend"),
            help="Of its strongest places, where it is as opaque as its value is large.",
        )
        colours = st.selectbox("Colours", SEQUENTIAL, key=state.bind("colours"))
        signed = st.selectbox("Colours of signed maps", DIVERGING, key=state.bind("signed_colours"))
        cells = st.toggle("Show the layer's own cells", key=state.bind("cells"))
        _scales()
        badges = st.toggle(
            "Badge under each map",
            key=state.bind("badges"),
            help="Rank correlation with the same map of the same network with a random head: a map that "
            "hardly changes knows nothing of what the network learned about its classes.",
        )
    state.keep("badges", badges)
    state.keep("opacity", opacity)
    state.keep("colours", colours)
    state.keep("signed_colours", signed)
    state.keep("cells", cells)
    return chosen()


def _scales() -> None:
    """How scales end, who shares one, and the size of all texts at maps."""
    for name, title, words in (
        (
            "full_scale",
            "Full scale of pixel maps",
            "Scales of maps of single pixels end at the largest value. Otherwise they end at the 99th "
            "percentile, because a few pixels are many times as strong as all others.",
        ),
        (
            "own_scale",
            "Each map on its own scale",
            "Otherwise maps of one method at one layer share a scale, so that they can be compared.",
        ),
    ):
        state.keep(name, st.toggle(in_markdown(title), key=state.bind(name), help=in_markdown(words)))
    before = state.get("projector")
    words = "Larger captions, colour bars and headings."
    if (
        state.keep(
            "projector", st.toggle("Projector size", key=state.bind("projector"), help=in_markdown(words))
        )
        != before
    ):
        state.write_url(state.page())
        st.rerun()  # it concerns the whole page


def chosen() -> Look:
    """The look as it was last chosen."""
    return Look(
        state.get("colours"),
        state.get("signed_colours"),
        state.get("opacity") / 100,
        not state.get("cells"),
        state.get("form"),
        state.get("full_scale"),
    )


def choose_threshold() -> tuple[str, float]:
    """What counts as highlighted: ("top", per cent of the picture) or ("otsu", the per cent not used)."""
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        kinds = {agreement.TOP: "Top per cent", agreement.OTSU: "Otsu"}
        kind = choose.one_of("Highlighted", kinds, "threshold")
        percent = st.slider(
            "Share of the picture",
            1,
            60,
            key=state.bind("percent"),
            format="%d %%",
            width=320,
            disabled=kind == agreement.OTSU,
        )
    return kind, state.keep("percent", percent)


# in the light theme and in the dark one
ACCENT, QUIET, INK = ("#2F5BD0", "#7C9CF5"), ("#C5CAD1", "#4A525B"), ("#16191D", "#ECEEF0")


def _dark() -> bool:
    return st.context.theme.type == "dark"


def accent() -> str:
    """The theme's accent colour."""
    return ACCENT[_dark()]


def quiet() -> str:
    """A grey that stands back in either theme."""
    return QUIET[_dark()]


def ink() -> str:
    """The theme's text colour."""
    return INK[_dark()]


def neutral(figure: str) -> str:
    """A figure's JSON in the colours of the light theme, whichever it was drawn in: a pinned chart is shown
    in both, and on white paper."""
    for light, dark in (ACCENT, QUIET, INK):
        figure = figure.replace(dark, light)
    return figure


def shown(figure: str, larger: float = 1) -> str:
    """The JSON of `neutral` in the colours of the present theme, its text `larger` by that factor."""
    for light, dark in (ACCENT, QUIET, INK) if _dark() else ():
        figure = figure.replace(light, dark)
    if larger == 1:
        return figure
    found = _with_text(json.loads(figure), larger)
    size = {"size": 12 * larger}  # of what says no size of its own
    found["layout"]["font"] = size | found["layout"].get("font", {})
    return json.dumps(found)


def _with_text(part: Any, larger: float) -> Any:
    if isinstance(part, list):
        return [_with_text(value, larger) for value in part]
    if not isinstance(part, dict):
        return part
    found = {key: _with_text(value, larger) for key, value in part.items()}
    for key in ("font", "tickfont", "textfont"):
        if isinstance(found.get(key), dict) and "size" in found[key]:
            found[key]["size"] *= larger
    return found
