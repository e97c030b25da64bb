"""The command: its table, its file, and its refusals."""

import json

import pytest

from xai_core.known_truth import CASES, run
from xai_core.known_truth.command import main, table_of
from xai_core.known_truth.running import Row

FEW = ["--methods", "guided_backprop,input_x_gradient", "--cases", "class_blind,linear"]


def test_the_table_and_the_file(tmp_path, capsys):
    out = tmp_path / "range.json"
    assert main([*FEW, "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert [line.split() for line in said.out.splitlines()] == [
        ["method", "class_blind", "linear"],
        ["guided_backprop", "0.600=", "-"],
        ["input_x_gradient", "0.000+", "0.000+"],
    ]
    assert "guided_backprop on linear: " in said.err
    found = json.loads(out.read_text())
    assert set(found) == {"date", "version", "cases", "rows"}
    assert (found["rows"][0]["method"], found["rows"][0]["case"]) == ("guided_backprop", "class_blind")
    assert found["rows"][0] == vars(run(CASES["class_blind"], "guided_backprop").row)


def test_twice_the_same_file(tmp_path):
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    for out in (first, second):
        main(["--methods", "grad_cam", "--cases", "uneven", "--out", str(out)])
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--cases", "linaer"], "There is no case 'linaer'; the cases are linear, "),
        (["--methods", "grad_camp"], "There is no method 'grad_camp'; the methods are "),
    ],
)
def test_an_unknown_name_is_one_sentence(arguments, said, capsys):
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith(said)
    assert err.count("\n") == 1


def test_the_marks():
    rows = [Row("m", "a", 0.05, True), Row("m", "b", 0.05, False, "", False), Row("m", "c", 0.5, False)]
    assert table_of([*rows, Row("m", "d", None, False, "no")]).to_dict("records") == [
        {"method": "m", "a": "0.050+", "b": "0.050=", "c": "0.500 ", "d": "-"}
    ]
