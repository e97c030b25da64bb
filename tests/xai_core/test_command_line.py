"""What the commands share: arguments, errors, exit codes; and every command with unusable input."""

from __future__ import annotations

import argparse
import os

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.lanes import core_and_peers
from xai_core import command_line as shared
from xai_core.concepts import __main__ as concepts
from xai_core.evaluation import command as evaluation
from xai_core.metrics import badges, lime_study, report, robustness
from xai_core.metrics.measures import MEASURES, SHARES
from xai_core.types import InputError

EVALUATE = ["--methods", "gradient", "--metrics", "maximum", "--data"]
COMMANDS = {
    "report": (report.main, ["--methods", "gradient", "--superpixel", "112"]),
    "robustness": (robustness.main, ["--attack", "fgsm"]),
    "badges": (badges.main, ["--methods", "gradient"]),
    "lime-study": (lime_study.main, ["--samples", "10"]),
    "concepts": (concepts.main, ["--layers", "blocks.6"]),
}


def run(main, arguments, capsys):
    """Exit code, stdout and stderr, whether the parser or the command ends it."""
    try:
        code = main(arguments)
    except SystemExit as end:
        code = end.code
    return code, *capsys.readouterr()


@pytest.mark.parametrize("bad", ["nowhere/t.csv", "."])
@pytest.mark.parametrize("name", [*COMMANDS, "evaluate"])
def test_an_out_that_cannot_be_written_is_one_sentence_before_anything_runs(name, bad, tmp_path, capsys):
    main, options = COMMANDS.get(name, (evaluation.main, EVALUATE))
    place = "mosaics" if name == "evaluate" else str(tmp_path)
    code, out, err = run(main, [*options, place, "--out", str(tmp_path / bad)], capsys)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert str(tmp_path) in err
    assert not list(tmp_path.iterdir())


def test_a_protected_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # whoever runs the tests may write anywhere
    with pytest.raises(argparse.ArgumentTypeError, match="because it is protected"):
        shared.out_file(str(tmp_path / "t.csv"))


@pytest.mark.parametrize("name", COMMANDS)
def test_data_that_cannot_be_read(name, tmp_path, capsys):
    main, options = COMMANDS[name]
    (tmp_path / "file.txt").write_text("no picture")
    for place, said in ((tmp_path / "none", "There is no folder"), (tmp_path, "holds no picture")):
        code, out, err = run(main, [str(place), *options], capsys)
        assert (code, out) == (2, "")
        assert said in err
        assert err.count("\n") == 1


@pytest.mark.parametrize("name", core_and_peers(list(COMMANDS)))
def test_a_broken_picture_is_named_and_left_out(name, tmp_path, capsys, shared_data):
    """The others are measured; the exit code says that not all was done."""
    main, options = COMMANDS[name]
    good = "n07742313_Granny_Smith.jpg"
    (tmp_path / good).write_bytes((shared_data / "images" / "imagenet_sample" / good).read_bytes())
    (tmp_path / "n00000000_broken.png").write_bytes(b"\x89PNG broken")
    code, out, err = run(main, [str(tmp_path), *options], capsys)
    assert code == 1
    assert "Left out: n00000000_broken.png is not a picture" in err
    assert out


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("notes.json", b"\xff\xfe\x00", "notes.json is no COCO file of instances"),
        ("notes.json", b"[1, 2]", "notes.json is no COCO file of instances"),
        ("boxes.csv", b"\xff\xfe\x00,1", "boxes.csv cannot be read as a list of boxes"),
        ("boxes.csv", b"a.png,Mass,one,2,3,4", "1 row cannot be used and is left out: line 1."),
    ],
)
def test_evaluate_refuses_files_that_are_no_data_set(file, content, said, tmp_path, capsys):
    (tmp_path / file).write_bytes(content)
    (tmp_path / "a.png").touch()
    arguments = [*EVALUATE, str(tmp_path / file), "--out", str(tmp_path / "t.parquet")]
    code, out, err = run(evaluation.main, arguments, capsys)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_evaluate_refuses_a_class_map_that_is_no_text(tmp_path, capsys):
    (tmp_path / "map.csv").write_bytes(b"\xff\xfe\x00")
    arguments = [*EVALUATE, "mosaics", "--class-map", str(tmp_path / "map.csv")]
    code, out, err = run(evaluation.main, [*arguments, "--out", str(tmp_path / "t.parquet")], capsys)
    assert (code, out) == (2, "")
    assert "map.csv' cannot be read as CSV" in err
    assert err.count("\n") == 1


def test_evaluate_says_how_many_pictures_failed(tmp_path, capsys):
    data = tmp_path / "data"
    data.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(noise).save(data / "n02123045_good.png")
    (data / "n02123045_bad.png").write_bytes(b"\x89PNG broken")
    arguments = [*EVALUATE, str(data), "--out", str(tmp_path / "t.parquet")]
    for _ in ("measured", "read again from the finished table"):
        code, out, err = run(evaluation.main, arguments, capsys)
        assert code == 1
        assert "gradient" in out
        assert f"1 of 2 pictures could not be measured: see {tmp_path / 't.errors.csv'}." in err
    assert len(pd.read_parquet(tmp_path / "t.parquet")) == 1
    (data / "n02123045_bad.png").unlink()
    code, *_ = run(evaluation.main, [*arguments[:-1], str(tmp_path / "all.parquet")], capsys)
    assert code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--limit", "0"], "argument --limit: '0' is not a whole number of at least 1"),
        (["--limit", "x"], "argument --limit: 'x' is not a whole number of at least 1"),
        (["--methods", "a,,b"], "argument --methods: 'a,,b' is not a list of names with commas between them"),
        (["--engine", "spark"], "argument --engine: invalid choice: 'spark'"),
    ],
)
def test_arguments_are_refused_in_one_sentence(options, said, tmp_path, capsys):
    arguments = [*EVALUATE, "mosaics", "--out", str(tmp_path / "t.parquet"), *options]
    code, out, err = run(evaluation.main, arguments, capsys)
    assert (code, out) == (2, "")
    assert said in err
    assert err.endswith("; see python -m xai_core.evaluate --help.\n")


def test_a_share_is_a_number_in_its_range():
    percent = shared.number(0, 100)
    assert percent("12.5") == 12.5
    for bad in ("-1", "101", "nan", "half"):
        with pytest.raises(argparse.ArgumentTypeError, match="is not a number from 0 to 100"):
            percent(bad)


def test_the_help_of_evaluate_explains_every_metric():
    assert evaluation.METRICS.keys() == MEASURES.keys() - {f"iou@{percent}" for percent in SHARES}


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("target is 7."), 2, "target is 7.\n"),
        (PermissionError(13, "Permission denied", "a.csv"), 2, "a.csv cannot be read or written: Permission"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
    ],
)
def test_errors_become_exit_codes(error, code, said, capsys):
    def work():
        raise error

    assert shared.guarded(work) == code
    assert capsys.readouterr().err.startswith(said)


def test_what_is_a_defect_is_not_hidden():
    def work():
        raise TypeError("a defect")

    with pytest.raises(TypeError, match="a defect"):
        shared.guarded(work)
