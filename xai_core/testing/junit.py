"""Results as JUnit XML, which CI servers show as tests.

A check that passed is a test case, one that failed has a <failure>, one that the gate refused an <error>, and
an undecided one is <skipped>; the command's exit code tells an undecided check apart from a passed one."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence

from . import words
from .asserts import explained
from .judging import FAIL, REFUSED, UNDECIDED
from .running import Result

TAGS = {FAIL: "failure", REFUSED: "error", UNDECIDED: "skipped"}


def junit_xml(results: Sequence[Result], name: str = "saliency-lab check") -> bytes:
    """The file, UTF-8."""
    count = {tag: sum(TAGS.get(one.verdict) == tag for one in results) for tag in TAGS.values()}
    suite = ElementTree.Element(
        "testsuite",
        name=name,
        tests=str(len(results)),
        failures=str(count["failure"]),
        errors=str(count["error"]),
        skipped=str(count["skipped"]),
    )
    for result in results:
        place = f"{result.model}.{result.data}"
        case = ElementTree.SubElement(
            suite, "testcase", name=_text(result.check.name), classname=_text(place)
        )
        tag = TAGS.get(result.verdict)
        if tag is not None:
            found = ElementTree.SubElement(case, tag, message=_text(words.headline(result)))
            found.text = _text(explained(result))
        said = ElementTree.SubElement(case, "system-out")
        told = () if result.verdict == REFUSED else result.findings
        said.text = _text("\n".join([words.headline(result), *map(words.claim_sentence, told)]))
    whole = ElementTree.Element("testsuites")
    whole.append(suite)
    ElementTree.indent(whole)
    return ElementTree.tostring(whole, "utf-8", xml_declaration=True)


def _text(text: str) -> str:
    """The text without the characters that XML cannot hold; ElementTree escapes the others."""
    return "".join(c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\U0010ffff")
