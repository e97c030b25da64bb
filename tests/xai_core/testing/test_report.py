"""The report and JUnit's file: what came from outside is text, and the sentences agree with their numbers."""

import dataclasses
import xml.etree.ElementTree as ElementTree

import pytest

from xai_core.testing import Finding, run, words
from xai_core.testing.judging import BROKEN, HOLDS, OPEN, REFUSED, UNDECIDED
from xai_core.testing.junit import junit_xml
from xai_core.testing.kinds import KINDS
from xai_core.testing.report import report_html, reported

from .conftest import a_check


@pytest.fixture(scope="module")
def result(tiny, few):
    return run(tiny, few, a_check(share=0.2, about="these"))


def test_names_from_outside_are_text(tiny, result):
    nasty = "<script>alert(1)</script>\x00&"
    examples = tuple(dataclasses.replace(e, name=nasty) for e in result.units.examples)
    outside = dataclasses.replace(
        result, data=nasty, units=dataclasses.replace(result.units, examples=examples), verdict=UNDECIDED
    )
    page = report_html([reported(tiny, outside)], nasty)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    (suite,) = ElementTree.fromstring(junit_xml([outside]))
    assert "<script>" in suite[0].get("classname")


def test_the_report_has_the_path_and_the_pictures(tiny, result):
    page = report_html([reported(tiny, result, 3)], "Explanation tests")
    assert page.count("<img ") == 3
    assert "<svg" in page
    assert words.headline(result).replace("'", "&#x27;") in page
    assert report_html([reported(tiny, result, 3)], "Explanation tests") == page


def test_a_refused_check_says_why_and_shows_no_numbers(tiny, result):
    refused = dataclasses.replace(result, verdict=REFUSED)
    page = report_html([reported(tiny, refused, 0)], "x")
    assert "So the map cannot answer: does the network look at the object?" in page
    assert "<svg" not in page


SHARE, GAIN = KINDS["looks_at"].claims(a_check())[:2]


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (
            Finding(SHARE, 0.81, 0.7, 0.9, HOLDS),
            "The share of the map inside the boxes: 0.810 on average, interval 0.700 to 0.900; it is settled "
            "that it is larger than 0.600.",
        ),
        (
            Finding(SHARE, 0.31, 0.2, 0.5, BROKEN),
            "The share of the map inside the boxes: 0.310 on average, interval 0.200 to 0.500; it is settled "
            "that it is not larger than 0.600.",
        ),
        (
            Finding(SHARE, 0.61, 0.5, 0.7, OPEN),
            "The share of the map inside the boxes: 0.610 on average, interval 0.500 to 0.700; whether it is "
            "larger than 0.600 is not settled.",
        ),
        (
            Finding(SHARE, float("nan"), 0, 1, OPEN),
            "The share of the map inside the boxes: no picture was measured; larger than 0.600 was asked "
            "for.",
        ),
    ],
)
def test_a_claim_in_words(finding, said):
    assert words.claim_sentence(finding) == said


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (HOLDS, "The map beats a bump in the middle."),
        (BROKEN, "The map does not beat a bump in the middle."),
        (OPEN, "The map cannot be told apart from a bump in the middle."),
    ],
)
def test_the_control_is_named_first_with_what_became_of_it(result, state, said):
    found = dataclasses.replace(result, findings=(Finding(GAIN, 0.1, 0, 0.2, state),))
    start = f"Passed after {result.looked} pictures. "
    assert words.headline(found) == f"{start}{said} Does the network look at the object? Yes."


def test_for_which_pictures_a_verdict_stands(result):
    assert words.about_sentence(result).endswith("It stands for these 12 pictures and no others.")
    assert words.about_sentence(result).startswith("The verdict is wrong with a probability of at most 5 %")
    like = dataclasses.replace(result, check=a_check())
    assert words.about_sentence(like).endswith("all pictures of the kind that these were drawn from.")
