"""The report in its forms: complete, escaped, the same twice, with answers kept; the instructor's version."""

import csv
import dataclasses
import io
import json
import re
import sys
import types
import zipfile

import numpy as np
import pytest

from xai_core.studies import answers, reproduce
from xai_core.studies.notebook import notebook
from xai_core.studies.report_html import report_html
from xai_core.studies.report_markdown import report_markdown
from xai_core.studies.report_zip import report_zip
from xai_core.types import InputError

FEW = ("3a", "4d")


@pytest.fixture(scope="module")
def unpacked(done, tmp_path_factory):
    """The ZIP of two of the tasks."""
    folder = tmp_path_factory.mktemp("zip")
    few = tuple(task for task in done.tasks if task.task.key in FEW)
    with zipfile.ZipFile(io.BytesIO(report_zip(dataclasses.replace(done, tasks=few)))) as archive:
        archive.extractall(folder)
    return folder


def test_the_html_is_whole_and_fetches_nothing(done, small):
    page = report_html(done)
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "default-src 'none'" in page
    for task in small.tasks:
        assert f'id="task-{task.key}"' in page
    figures = [int(n) for n in re.findall(r"<b>Figure (\d+)", page)]
    assert figures == list(range(1, len(figures) + 1))
    assert len(figures) >= len(small.tasks) - 1
    assert page.count('class="proof"') == sum(len(t.outcome.clauses) for t in done.tasks)
    assert "break-before: page" in page
    assert report_html(done) == page


def test_answers_stand_in_their_slots_and_are_escaped(done, small):
    given = dict.fromkeys(answers.questions_of(small), "")
    given["2a.1"] = "<script>alert(1)</script>"
    page = report_html(done, given)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "\\<script\\>" in report_markdown(done, given)


def test_the_instructors_version_has_no_computed_answer(done):
    page, text = report_html(done, instructor=True), report_markdown(done, instructor=True)
    clauses = [clause.text for task in done.tasks for clause in task.outcome.clauses]
    assert clauses
    assert not [c for c in clauses if c in page or c in text]
    assert "<svg" not in page
    assert "<img" not in page
    assert not [v for v in ("holds", "does not hold") if f"<td>{v}</td>" in page]
    assert "Which of the three maps is best by this curve?" in page
    assert "In the order of occlusion the class returns sooner" in page
    with zipfile.ZipFile(io.BytesIO(report_zip(done, instructor=True))) as archive:
        assert archive.namelist() == ["README.md", "answers.json", "report.html"]


def test_stand_ins_are_named(done):
    (first, *others) = done.tasks
    from xai_core.studies.needs import Missing

    missing = Missing("ResNet-18", "resnet18.pth", 44.7, "/weights", "EfficientNet-Lite0")
    setup = dataclasses.replace(first.setup, missing=(missing,))
    result = dataclasses.replace(done, tasks=(dataclasses.replace(first, setup=setup), others[0]))
    said = "ResNet-18: not on this machine. Missing: resnet18.pth (44.7 MB). Stand-in: EfficientNet-Lite0."
    assert result.stem == "csep590b-stand-in"
    assert said in report_html(result)
    assert "/weights" not in report_html(result), "a report travels, and no path of a server with it"
    assert report_html(result).count('class="mark"') == 2  # the study and its task
    with zipfile.ZipFile(io.BytesIO(report_zip(result))) as archive:
        assert "figures/2a-stand-in.png" in archive.namelist()
        assert "figures/2b.png" in archive.namelist()


def test_the_zip_is_the_same_twice_and_its_tables_have_all_digits(done, unpacked):
    few = dataclasses.replace(done, tasks=done.tasks[3:4])
    assert report_zip(few) == report_zip(few)
    with (unpacked / "tables" / "4d.csv").open() as file:
        rows = list(csv.reader(file))
    table = next(b for b in done.tasks[-3].outcome.blocks if b.key == "4d" and hasattr(b, "rows"))
    assert [float(row[1]) for row in rows[1:]] == [row[1] for row in table.rows]


def test_everything_comes_out_again(unpacked, small, capsys):
    assert reproduce.main(unpacked, lambda key: small) == 0
    assert "2 of 2 tasks reproduced to 1e-05" in capsys.readouterr().out


def test_a_planted_wrong_value_of_a_step_is_flagged(unpacked, small, capsys):
    manifest = json.loads((unpacked / "manifest.json").read_text())
    record = next(one for one in manifest["tasks"] if one["task"] == "3a")
    file = unpacked / record["steps"][1]["file"]
    before = file.read_bytes()
    with np.load(file) as found:
        values = dict(found)
    values["map"][3, 4] += 1e-3 * np.abs(values["map"]).max()
    np.savez(file, **values)
    status = reproduce.main(unpacked, lambda key: small)
    file.write_bytes(before)
    assert status == 1
    said = capsys.readouterr().out
    assert f"{record['steps'][1]['file']}: map DIFFERS" in said
    assert "1 of 2 tasks" in said


def test_a_planted_wrong_number_of_the_report_is_flagged(unpacked, small, capsys):
    file = unpacked / "manifest.json"
    before = file.read_text()
    manifest = json.loads(before)
    record = next(one for one in manifest["tasks"] if one["task"] == "4d")
    record["numbers"]["tables"]["4d"][1][1] += 0.01
    file.write_text(json.dumps(manifest))
    status = reproduce.main(unpacked, lambda key: small)
    file.write_text(before)
    assert status == 1
    assert "tables 4d 2 2: DIFFERS" in capsys.readouterr().out


def test_answers_are_kept_and_checked(tmp_path, small):
    assert set(answers.read_answers(tmp_path, small).values()) == {""}
    answers.write_answers(tmp_path, small, {"2a.1": "The head."})
    assert answers.read_answers(tmp_path, small)["2a.1"] == "The head."
    with pytest.raises(InputError, match="answers 'x', which is no question of 'csep590b'"):
        answers.write_answers(tmp_path, small, {"x": ""})
    with pytest.raises(InputError, match="at most 20,000 characters; it has 20,001"):
        answers.write_answers(tmp_path, small, {"2a.1": "x" * 20_001})
    (tmp_path / answers.FILE).write_text('{"study": "layers", "answers": {}}')
    with pytest.raises(InputError, match="is of the study 'layers', not of 'csep590b'"):
        answers.read_answers(tmp_path, small)


def test_the_notebook_makes_the_same_calls(done, small, monkeypatch):
    """Its cells, run one after another, give the study's own values."""
    from xai_core import studies

    shown = types.ModuleType("IPython.display")  # a notebook has it; the tests need not
    for name in ("SVG", "Image", "Markdown", "display"):
        setattr(shown, name, lambda *given, **named: None)
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", shown)

    some = dataclasses.replace(small, tasks=(small.task("3b"), small.task("4d")))
    kept = [task for task in done.tasks if task.task.key in ("3b", "4d")]
    made = json.loads(notebook(some, [task.setup for task in kept], limit=3))
    assert made["nbformat"] == 4
    monkeypatch.setattr(studies, "find_study", lambda key: some)
    names, results = {}, []
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
            if "result" in names and (not results or names["result"] is not results[-1]):
                results.append(names["result"])
    assert len(results) == 2
    for mine, theirs in zip(results, kept, strict=True):
        assert all(not reproduce.same(mine.found[step], theirs.found[step]) for step in theirs.found)
