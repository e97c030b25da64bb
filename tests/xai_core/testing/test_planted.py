"""A tag on half of a class: `assert_ignores` fails on the network that learned it, and passes on the clean
one."""

import pytest

from tests import planted_tag
from xai_core import testing


@pytest.fixture(scope="module")
def planted(lite0, tmp_path_factory):
    """The tag, the pictures and their features."""
    mark = planted_tag.tag(tmp_path_factory.mktemp("tag"))
    return mark, planted_tag.pictures(lite0, mark)


def ignores(planted, clean):
    mark, pictures = planted
    network = planted_tag.refitted(pictures, 50, clean)
    allowed = {"share": planted_tag.ALLOWED, "about": "these"}
    return testing.assert_ignores(network, pictures.check, planted_tag.REGION, stamp=mark, **allowed)


def test_it_fails_on_the_network_that_learned_the_tag(planted):
    with pytest.raises(testing.CheckFailed) as error:
        ignores(planted, False)
    assert error.value.result.verdict == testing.FAIL


def test_it_passes_on_the_clean_one(planted):
    assert ignores(planted, True).verdict == testing.PASS
