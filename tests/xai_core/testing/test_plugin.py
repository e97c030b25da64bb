"""The pytest plugin: three lines in a model's repository."""

import pytest

pytest_plugins = ["pytester"]

OWN = (  # the plugin by its module, whether or not the package is installed
    *("-p", "no:saliency_lab", "-p", "xai_core.testing.plugin", "-p", "no:xdist"),
    *("-p", "no:cacheprovider", "--strict-markers"),
)
THREE_LINES = """
    def test_it_looks_at_the_shape(saliency):
        saliency.assert_looks_at("tiny_cnn_shapes", "shapes", share={share}, limit={limit})
"""


@pytest.fixture
def repository(pytester):
    """A repository with that test, and pytest run in it with the plugin."""

    def go(*options, share=0.2, limit=40):
        pytester.makepyfile(THREE_LINES.format(share=share, limit=limit))
        return pytester.runpytest_inprocess(*OWN, *options)

    return go


def test_it_passes_and_says_what_was_found(repository, pytester):
    found = repository("--saliency-report", "report.html")
    found.assert_outcomes(passed=1)
    found.stdout.fnmatch_lines(
        ["*explanation tests*", "*Passed after * Does the network look at the object[?] Yes.*"]
    )
    assert "<img " in (pytester.path / "report.html").read_text()


def test_it_fails_where_the_check_fails_and_where_it_stays_undecided(repository):
    repository(share=0.99).assert_outcomes(failed=1)
    repository(limit=2).assert_outcomes(failed=1)


def test_an_undecided_one_is_skipped_where_that_is_wanted(repository):
    repository("-o", "saliency_undecided=skip", limit=2).assert_outcomes(skipped=1)
    found = repository("-o", "saliency_undecided=never")
    found.stderr.fnmatch_lines(["*saliency_undecided is 'never'; accepted are fail and skip.*"])


def test_the_mark_leaves_them_out(repository):
    repository("-m", "not saliency").assert_outcomes(deselected=1)


def test_an_unknown_function_is_named(pytester):
    pytester.makepyfile("def test_it(saliency):\n    saliency.assert_nice('m', 'd')\n")
    found = pytester.runpytest_inprocess(*OWN)
    found.stdout.fnmatch_lines(["*saliency has no 'assert_nice'; it has assert_looks_at*"])


def test_pytest_loads_nothing_heavy_for_it(tmp_path):
    from tests.test_packaging import run_python

    code = (
        "import sys, xai_core.testing.plugin\n"
        "print(sorted({'torch', 'pandas', 'numpy', 'plotly'} & set(sys.modules)))"
    )
    assert run_python(code, tmp_path).strip() == "[]"
