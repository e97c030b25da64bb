"""What changes only the look of a page is drawn again without the rest of the page."""

import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from pages._ui.widgets import look
from tests.lanes import core_and_peers

from .conftest import computed

PAGES = {
    "overview": {},
    "gallery": {"methods": "grad_cam", "layers": "blocks.6"},
    "compare": {"maps": "grad_cam"},
    "counterfactual": {},
    "adversarial": {"attack": "fgsm"},
    "trust": {"trust_maps": "grad_cam"},
    "localization": {"boxed": "one"},
    "right_wrong": {"limit": "12"},
    "concepts": {"part_of": "effect"},
}


@pytest.mark.parametrize("page", core_and_peers(list(PAGES), 3))
def test_the_look_is_chosen_in_a_part_that_runs_by_itself(open_app, monkeypatch, page):
    parts, real = [], look.choose_look

    def watched() -> look.Look:
        parts.append(ThreadState.get().fragment_id)
        return real()

    monkeypatch.setattr(look, "choose_look", watched)
    app = computed(open_app(page, **PAGES[page]))
    assert not app.exception
    assert parts, "the page has a look to choose"
    assert None not in parts
