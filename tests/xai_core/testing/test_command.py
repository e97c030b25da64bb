"""The command: verdicts, files, and exit codes that a CI server can act on."""

import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest

from tests.killed import killed
from xai_core.testing import command
from xai_core.testing.command import FAILED, PASSED, UNSETTLED, UNUSABLE

HEAD = 'model = "tiny_cnn_shapes"\ndata = "shapes"\nlimit = 40\n'
PASSING = '[[check]]\nkind = "looks_at"\nname = "object"\nshare = 0.2\n'
FAILING = '[[check]]\nkind = "looks_at"\nname = "too much"\nshare = 0.99\n'
OPEN = '[[check]]\nkind = "looks_at"\nname = "few"\nshare = 0.2\nlimit = 2\n'
BLIND = '[[check]]\nkind = "looks_at"\nname = "blind"\nmethod = "random"\n'


@pytest.fixture
def checked(tmp_path, capsys):
    """Runs the command on checks; its exit code, and what it printed and said."""

    def go(*checks, head=HEAD, more=("--out", str(tmp_path / "out"))):
        (tmp_path / "spec.toml").write_text(head + "".join(checks))
        code = command.main([str(tmp_path / "spec.toml"), *more])
        return code, capsys.readouterr()

    return go


def test_a_check_that_passes_leaves_its_reports_and_its_table(checked, tmp_path):
    code, said = checked(PASSING)
    assert code == PASSED
    assert said.out.startswith("Passed after ")
    assert "The map beats a bump in the middle. The map beats a flat map. Does the network look" in said.out
    (suite,) = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("1", "0", "0")
    rows = pd.read_parquet(tmp_path / "out" / "object.parquet")
    report = (tmp_path / "out" / "report.html").read_text()
    assert report.count("<img ") == 6
    assert rows["image"][rows["share"].idxmin()] in report
    assert f"after {len(rows)} pictures" in said.out


@pytest.mark.parametrize(
    ("checks", "code"),
    [
        ((PASSING, FAILING, BLIND, OPEN), FAILED),
        ((PASSING, BLIND, OPEN), UNUSABLE),
        ((PASSING, OPEN), UNSETTLED),
    ],
    ids=["one failed", "one was refused", "one is undecided"],
)
def test_the_exit_code_tells_the_worst_that_happened(checked, checks, code, tmp_path):
    found, said = checked(*checks)
    assert found == code
    (suite,) = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot()
    tags = [{child.tag for child in case} - {"system-out"} for case in suite]
    expected = {PASSING: set(), FAILING: {"failure"}, BLIND: {"error"}, OPEN: {"skipped"}}
    assert tags == [expected[check] for check in checks]
    if OPEN in checks:
        assert "Undecided after 2 pictures." in said.out
        assert "A larger limit may settle it." in said.out
    if BLIND in checks:
        assert "So the map cannot answer: does the network look at the object?" in said.out


def test_bad_input_is_one_sentence_and_code_2(checked, tmp_path):
    code, said = checked(PASSING.replace("0.2", "2"))
    assert code == UNUSABLE
    assert said.err == "share of looks_at is 2; accepted is a number from 0.01 to 0.99.\n"
    assert not (tmp_path / "out").exists()
    code, said = checked(PASSING, OPEN.replace('"few"', '"few"\nlayer = "nowhere"'))
    assert code == UNUSABLE
    assert "nowhere" in said.err
    assert said.out == "", "nothing runs before everything is accepted"
    assert command.main([str(tmp_path / "none.toml")]) == UNUSABLE


def test_the_same_arguments_compute_nothing_again(checked, monkeypatch):
    first = checked(PASSING)[1].out
    from xai_core.testing import measuring

    def never(*given):
        raise AssertionError("a picture was measured again")

    monkeypatch.setattr(measuring, "measure", never)
    assert checked(PASSING)[1].out == first


def test_without_a_folder_it_prints_alone(checked):
    code, said = checked(PASSING, more=())
    assert code == PASSED
    assert said.out.startswith("Passed")


@pytest.mark.peers
def test_nothing_is_lost_when_it_is_killed(tmp_path):
    """What is asked for lies so near to what is true that the check looks at every picture."""
    near = PASSING.replace("0.2", "0.5") + "confidence = 0.999999\n"
    (tmp_path / "spec.toml").write_text(HEAD.replace("40", "400") + near)
    given = [str(tmp_path / "spec.toml"), "--out"]
    parts = tmp_path / "out" / "object.parquet.parts"
    code = killed("xai_core.testing", [*given, str(tmp_path / "out")], parts, (10, 40))
    assert command.main([*given, str(tmp_path / "again")]) == code
    for name in ("object.parquet", "report.html"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
