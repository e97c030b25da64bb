"""The pytest plugin, which pytest loads wherever Saliency Lab is installed.

    def test_it_looks_at_the_object(saliency):
        saliency.assert_looks_at("own/mine", "data/validation", share=0.6)

The fixture `saliency` has the functions `assert_...` of `xai_core.testing` as methods and notes what they
found. Tests that use it carry the mark `saliency`, so `pytest -m "not saliency"` leaves them out. An
undecided check fails its test; with `saliency_undecided = skip` in pytest's settings it is skipped.
`--saliency-report FILE` writes what was found, with the worst pictures, as one HTML file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .running import Result

FUNCTIONS = ("looks_at", "ignores", "same_map_after", "faithful", "robust")
FOUND = pytest.StashKey[list[Any]]()  # a test's name, its Result, and what the report shows of it
HANDLES = pytest.StashKey[dict[str, Any]]()  # models by key, each loaded once


class Saliency:
    """The functions `assert_...`, each noting its result for the summary and the report."""

    def __init__(self, config: pytest.Config, test: str):
        self._config, self._test = config, test

    def __getattr__(self, name: str) -> Callable[..., Result]:
        if not name.startswith("assert_") or name.removeprefix("assert_") not in FUNCTIONS:
            raise AttributeError(f"saliency has no {name!r}; it has assert_{', assert_'.join(FUNCTIONS)}.")
        return lambda model, data, *given, **named: self._call(name, model, data, *given, **named)

    def _call(self, name: str, model: Any, data: Any, *given: Any, **named: Any) -> Result:
        from xai_core import testing

        from ..models import load_model

        known, handle = self._config.stash[HANDLES], model
        if isinstance(model, str):
            handle = known[model] if model in known else known.setdefault(model, load_model(model))
        try:
            result: Result = getattr(testing, name)(handle, data, *given, **named)
        except testing.CheckFailed as error:
            self._note(handle, error.result)
            skips = self._config.getini("saliency_undecided") == "skip"
            if skips and isinstance(error, testing.CheckUndecided):
                pytest.skip(str(error))
            raise
        self._note(handle, result)
        return result

    def _note(self, handle: Any, result: Result) -> None:
        drawn = None
        if self._config.getoption("saliency_report"):
            from .report import reported

            drawn = reported(handle, result)
        self._config.stash[FOUND].append((self._test, result, drawn))


@pytest.fixture
def saliency(request: pytest.FixtureRequest) -> Saliency:
    """Explanation tests: `saliency.assert_looks_at(model, data, share=0.6)` and the others of
    xai_core.testing."""
    return Saliency(request.config, request.node.nodeid)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The report and what becomes of an undecided check."""
    group = parser.getgroup("saliency", "explanation tests")
    group.addoption(
        "--saliency-report",
        dest="saliency_report",
        default=None,
        metavar="FILE",
        help="write what explanation tests found as one HTML file",
    )
    parser.addini(
        "saliency_undecided", "fail (the default) or skip the test of an undecided check", default="fail"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark. Raises UsageError for a setting that is not accepted."""
    config.addinivalue_line("markers", "saliency: tests what a network looks at (Saliency Lab)")
    config.stash[FOUND], config.stash[HANDLES] = [], {}
    named = config.getini("saliency_undecided")
    if named not in ("fail", "skip"):
        raise pytest.UsageError(f"saliency_undecided is {named!r}; accepted are fail and skip.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that uses the fixture carries the mark."""
    for item in items:
        if "saliency" in getattr(item, "fixturenames", ()):
            item.add_marker("saliency")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """A line for each check, and the report."""
    found = config.stash[FOUND]
    if not found:
        return
    from . import words

    terminalreporter.section("explanation tests")
    for test, result, _ in found:
        terminalreporter.write_line(f"{test}: {words.headline(result)}")
    file = config.getoption("saliency_report")
    if file:
        from .report import report_html

        drawn = [one for _, _, one in found if one is not None]
        Path(file).write_text(report_html(drawn, "Explanation tests"), "utf-8")
        terminalreporter.write_line(f"Report: {file}")
