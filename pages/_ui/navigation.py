"""The app's pages, read from top to bottom. A new page is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import Page

from pages import (
    adversarial,
    board,
    compare,
    concepts,
    counterfactual,
    gallery,
    insertion,
    lime,
    localization,
    overview,
    right_wrong,
    study,
    trust,
)

from . import state
from .adversarial.fields import FIELDS as ADVERSARIAL
from .compare.fields import FIELDS as COMPARE
from .concepts.fields import FIELDS as CONCEPTS
from .counterfactual.fields import FIELDS as COUNTERFACTUAL
from .gallery.fields import FIELDS as GALLERY
from .insertion.fields import FIELDS as INSERTION
from .lime.fields import FIELDS as LIME
from .localization.fields import FIELDS as LOCALIZATION
from .overview.fields import FIELDS as OVERVIEW
from .pinboard.fields import FIELDS as PINBOARD
from .right_wrong.fields import FIELDS as RIGHT_WRONG
from .state.fields import Field
from .state.shared import FIELDS as SHARED
from .study.fields import FIELDS as STUDY
from .trust.fields import FIELDS as TRUST


@dataclass(frozen=True)
class PageSpec:
    """A page: the name of its address, its title, what draws it, and the fields that it alone shows.
    `subject` says whether it is about the picture, the model and the class of the sidebar; what draws it is
    then given them."""

    key: str
    title: str
    show: Callable[..., None]
    fields: tuple[Field, ...]
    subject: bool = True


PAGES = (
    PageSpec("overview", "Overview", overview.show, OVERVIEW),
    PageSpec("gallery", "CAM gallery", gallery.show, GALLERY),
    PageSpec("compare", "Compare methods", compare.show, COMPARE),
    PageSpec("lime", "LIME and CAM", lime.show, LIME),
    PageSpec("counterfactual", "Counterfactual", counterfactual.show, COUNTERFACTUAL),
    PageSpec("adversarial", "Adversarial", adversarial.show, ADVERSARIAL),
    PageSpec("insertion", "Insertion and deletion", insertion.show, INSERTION),
    PageSpec("trust", "Trust check", trust.show, TRUST),
    PageSpec("right_wrong", "Right and wrong", right_wrong.show, RIGHT_WRONG),
    PageSpec("localization", "Localization", localization.show, LOCALIZATION),
    PageSpec("concepts", "Neuron concepts", concepts.show, CONCEPTS),
    PageSpec("board", "Pinboard", board.show, PINBOARD),
    PageSpec("study", "Trust study", study.show, STUDY, subject=False),
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
    chosen = st.navigation(
        list(pages.values()),
        position="hidden" if guest() else "sidebar",
        expanded=True,  # else the last pages hide behind "View more"
    )
    return next(page for page in PAGES if page.key == (chosen.url_path or DEFAULT)), chosen
