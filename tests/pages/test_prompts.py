"""What the app says where the classes of a network are prompts."""

import pytest

from pages._ui.trust import verdict as trust


@pytest.mark.parametrize(
    ("rank", "said"),
    [
        (0.5, "M hardly changes under nonsense prompts: it shows the picture, not the prompt."),
        (0.49, "M changes in part."),
        (0.24, "M changes clearly under nonsense prompts, as a map of the prompt must."),
    ],
)
def test_what_nonsense_prompts_do_to_maps(rank, said):
    assert trust.badges({"M": rank}, "nonsense prompts", prompts=True) == said
