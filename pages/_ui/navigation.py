"""The app's pages, read from top to bottom. A new page is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import Page

from pages import (
    adversarial,
    board,
    checks,
    compare,
    concepts,
    counterfactual,
    gallery,
    insertion,
    leaderboard,
    lime,
    localization,
    meeting,
    methods,
    overview,
    right_wrong,
    spuriosity,
    studies,
    study,
    trust,
)

from . import state
from .adversarial.fields import FIELDS as ADVERSARIAL
from .checks.fields import FIELDS as CHECKS
from .compare.fields import FIELDS as COMPARE
from .concepts.fields import FIELDS as CONCEPTS
from .counterfactual.fields import FIELDS as COUNTERFACTUAL
from .gallery.fields import FIELDS as GALLERY
from .insertion.fields import FIELDS as INSERTION
from .leaderboard.fields import FIELDS as LEADERBOARD
from .lime.fields import FIELDS as LIME
from .localization.fields import FIELDS as LOCALIZATION
from .meeting.fields import FIELDS as MEETING
from .methods.fields import FIELDS as METHODS
from .overview.fields import FIELDS as OVERVIEW
from .pinboard.fields import FIELDS as PINBOARD
from .right_wrong.fields import FIELDS as RIGHT_WRONG
from .spuriosity.fields import FIELDS as SPURIOSITY
from .state.fields import Field
from .state.shared import FIELDS as SHARED
from .studies.fields import FIELDS as STUDIES
from .study.fields import FIELDS as STUDY
from .trust.fields import FIELDS as TRUST


@dataclass(frozen=True)
class PageSpec:
    """A page: the part of the menu in which it stands, the name of its address, its title, what draws it, and
    the fields that it alone shows. `subject` says whether it is about the picture, the model and the class of
    the sidebar; what draws it is then given them."""

    part: str
    key: str
    title: str
    show: Callable[..., None]
    fields: tuple[Field, ...]
    subject: bool = True


EXPLAIN, TEST, MEASURE, KEEP = "Explain", "Test the map", "Measure over sets", "Keep and ask"
PAGES = (
    PageSpec(EXPLAIN, "overview", "Overview", overview.show, OVERVIEW),
    PageSpec(EXPLAIN, "gallery", "CAM gallery", gallery.show, GALLERY),
    PageSpec(EXPLAIN, "compare", "Compare methods", compare.show, COMPARE),
    PageSpec(EXPLAIN, "lime", "LIME and CAM", lime.show, LIME),
    PageSpec(EXPLAIN, "counterfactual", "Counterfactual", counterfactual.show, COUNTERFACTUAL),
    PageSpec(EXPLAIN, "methods", "Methods", methods.show, METHODS, subject=False),
    PageSpec(TEST, "trust", "Trust check", trust.show, TRUST),
    PageSpec(TEST, "insertion", "Insertion and deletion", insertion.show, INSERTION),
    PageSpec(TEST, "adversarial", "Adversarial", adversarial.show, ADVERSARIAL),
    PageSpec(MEASURE, "right_wrong", "Right and wrong", right_wrong.show, RIGHT_WRONG),
    PageSpec(MEASURE, "localization", "Localization", localization.show, LOCALIZATION),
    PageSpec(MEASURE, "checks", "Checks", checks.show, CHECKS),
    PageSpec(MEASURE, "leaderboard", "Leaderboard", leaderboard.show, LEADERBOARD),
    PageSpec(MEASURE, "spuriosity", "Clever Hans", spuriosity.show, SPURIOSITY),
    PageSpec(MEASURE, "concepts", "Neuron concepts", concepts.show, CONCEPTS),
    PageSpec(KEEP, "board", "Pinboard", board.show, PINBOARD),
    PageSpec(KEEP, "studies", "Studies", studies.show, STUDIES, subject=False),
    PageSpec(KEEP, "study", "Trust study", study.show, STUDY, subject=False),
    PageSpec(KEEP, "meeting", "Live meeting", meeting.show, MEETING),
)
DEFAULT = PAGES[0].key

state.declare(SHARED)
for _page in PAGES:
    state.declare(_page.fields, _page.key)


def guest() -> bool:
    """Whether this is a participant of a study, who shall see nothing but the study."""
    return "take" in st.query_params


def navigation(run: Callable[[], None]) -> tuple[PageSpec, Page]:
    """Declare the pages to Streamlit; the one that the address names, and Streamlit's handle to it, which
    calls `run`."""
    pages = {
        page.key: st.Page(run, title=page.title, url_path=page.key, default=page.key == DEFAULT)
        for page in PAGES
    }
    menu: dict[str, list[Page]] = {}
    for page in PAGES:
        menu.setdefault(page.part, []).append(pages[page.key])
    # across the top: what is chosen often, the model, the picture and the class, has the sidebar for itself
    chosen = st.navigation(menu, position="hidden" if guest() else "top", expanded=True)
    return next(page for page in PAGES if page.key == (chosen.url_path or DEFAULT)), chosen
