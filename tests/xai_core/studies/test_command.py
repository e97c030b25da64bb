"""The command: it lists, it does what is asked, and its exit code says whether it did."""

import json

import pytest

from xai_core import studies
from xai_core.studies import command

from .conftest import on_shapes


@pytest.fixture
def small_study(monkeypatch):
    """The second homework, two tasks of it, on drawn shapes."""
    small = on_shapes(studies.find_study("csep590b"), ("3a", "4a"))
    monkeypatch.setattr(command, "find_study", lambda key: small)
    return small


def test_without_a_name_the_studies_are_listed(capsys):
    assert command.main([]) == 0
    assert "csep590b: Feature attributions and metrics (CSEP 590B" in capsys.readouterr().out


def test_everything_is_written_and_answers_are_kept(small_study, tmp_path, capsys):
    out = tmp_path / "report"
    arguments = ["csep590b", "--out", str(out), "--limit", "1", "--notebook"]
    assert command.main(arguments) == 0
    names = {path.name for path in out.iterdir() if path.is_file()}
    assert names == {"answers.json", *(f"csep590b.{end}" for end in ("html", "zip", "md", "ipynb"))}
    found = json.loads((out / "answers.json").read_text())
    found["answers"]["3a.1"] = "Because of ReLU."
    (out / "answers.json").write_text(json.dumps(found))
    before = {path: path.stat().st_mtime_ns for path in (out / "steps").iterdir()}
    assert command.main(arguments) == 0
    assert {path: path.stat().st_mtime_ns for path in (out / "steps").iterdir()} == before
    assert "Because of ReLU." in (out / "csep590b.html").read_text()
    assert json.loads((out / "answers.json").read_text()) == found


def test_the_instructors_sheet_stands_beside_the_report(small_study, tmp_path):
    arguments = ["csep590b", "--out", str(tmp_path), "--limit", "1", "--instructor"]
    assert command.main(arguments) == 0
    assert "Instructor" in (tmp_path / "csep590b-questions.html").read_text()


def test_what_is_missing_is_named_on_stderr(tmp_path, monkeypatch, capsys):
    small = on_shapes(studies.find_study("csep590b"), ("3a",))
    (task,) = small.tasks
    from dataclasses import replace

    asks = replace(task.asks, pictures=studies._recipe.Ask("dog_cat"))
    odd = replace(small, tasks=(replace(task, asks=asks),))
    monkeypatch.setattr(command, "find_study", lambda key: odd)
    monkeypatch.setenv("XAI_DATA_DIR", str(tmp_path / "data"))
    assert command.main(["csep590b", "--out", str(tmp_path), "--limit", "1"]) == 0
    assert "Put dog_cat.png (0.1 MB) into" in capsys.readouterr().err
    assert (tmp_path / "csep590b-stand-in.html").is_file()


def test_a_task_that_fails_is_named_and_the_code_is_1(small_study, tmp_path, monkeypatch, capsys):
    from dataclasses import replace

    from xai_core.types import InputError

    def broken(bench, step):
        raise InputError("This picture is of no use.")

    bad = replace(small_study, tasks=(replace(small_study.tasks[0], compute=broken), small_study.tasks[1]))
    monkeypatch.setattr(command, "find_study", lambda key: bad)
    assert command.main(["csep590b", "--out", str(tmp_path), "--limit", "1"]) == 1
    assert "Vanilla gradients: This picture is of no use." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["csep591", "--out", "x"],
            "There is no study 'csep591'; the studies are cifar10, assignment4, dd2412",
        ),
        (["csep590b"], "--out is not given; a folder for the report of 'csep590b' is needed."),
        (["csep590b", "--out", "x", "--data", "nowhere"], "--data is 'nowhere', where there is no folder."),
        (["csep590b", "--out", "x", "--workers", "2"], "the engine local has none; give --engine ray."),
    ],
)
def test_bad_arguments_are_one_sentence(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert command.main(arguments) == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.peers
def test_rays_workers_give_the_same_bytes(small_study, tmp_path):
    pytest.importorskip("ray")
    for engine in ("local", "ray"):
        arguments = ["csep590b", "--out", str(tmp_path / engine), "--limit", "2", "--engine", engine]
        assert command.main(arguments) == 0
    (one, two) = (
        {path.name: path.read_bytes() for path in (tmp_path / engine / "steps").iterdir()}
        for engine in ("local", "ray")
    )
    assert one == two
