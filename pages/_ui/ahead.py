"""What a visitor will probably ask for next: the first views of the other pages, for this picture and as the
fields stand now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from streamlit.runtime.scriptrunner import get_script_run_ctx

import xai_core as xai

from . import first_views
from .results.prefetch import PREFETCH, Likely
from .state.subject import Subject

# the pages in the order of the menu: how probable a visit is, and the seconds that its first view takes on
# two cores where nothing is known
PAGES = {
    "overview": (0.20, 0.3),
    "gallery": (0.14, 0.8),
    "compare": (0.12, 0.6),
    "lime": (0.08, 2.0),
    "counterfactual": (0.10, 0.7),
    "adversarial": (0.08, 3.2),
    "insertion": (0.06, 2.8),
    "trust": (0.10, 2.5),
    "right_wrong": (0.04, 1.5),
    "localization": (0.04, 3.5),
    "concepts": (0.04, 5.0),
}
NEXT = 0.3  # how probable a visit to the page is that follows in the menu
CLASS = 0.15  # how probable it is that the class to compare with is chosen as the class


def think(page: str, subject: Subject) -> None:
    """Offer what may come next to the prefetch, where that runs."""
    context = get_script_run_ctx()
    if PREFETCH.runs and context is not None:
        PREFETCH.offer(context.session_id, list(likely(page, subject)))


def likely(page: str, subject: Subject) -> Iterator[Likely]:
    """What may be asked for after this page. A page that cannot show this subject is left out."""
    names = list(PAGES)
    after = names[(names.index(page) + 1) % len(names)] if page in PAGES else ""
    for name, (visited, cost) in PAGES.items():
        probability = NEXT if name == after else visited
        if name != page:
            yield from _offered(name, subject, probability, cost)
    other = replace(subject, target=subject.versus, versus=subject.target)
    yield from _offered(page if page in ("overview", "gallery", "compare") else "overview", other, CLASS, 0.5)


def _offered(name: str, subject: Subject, probability: float, cost: float) -> Iterator[Likely]:
    try:
        found = first_views.VIEWS[name](subject)
    except xai.InputError:
        return
    for job in found:
        yield Likely(job, probability, cost)
