"""The command `saliency-lab study`, also `python -m xai_core.studies`: a study, done and written down."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..board.folder import replace_file
from ..command_line import DONE, PARTLY, CommandParser, comma_separated, guarded, make_folder, out_folder, say
from ..evaluation.engines import ENGINES, named
from ..network.batches import keep_freed_memory
from ..types import InputError
from . import STUDIES, find_study
from .answers import FILE, read_answers, write_answers
from .needs import settle
from .notebook import notebook
from .report_html import report_html
from .report_markdown import report_markdown
from .report_zip import report_zip
from .runner import Engine, Options, StudyProgress, StudyResult, local, run

EXAMPLE = "csep590b --out homework --limit 3"
OUTPUT = (
    "FOLDER has NAME.html (one file, prints on A4), NAME.zip (data and reproduce.py) and NAME.md; NAME ends "
    "in -stand-in where a model or pictures are not on this machine, which stderr names. Answers to the "
    "questions are written into FOLDER/answers.json, which is kept.",
    "What was computed lies in FOLDER/steps: a run that was interrupted goes on where it stopped, and a "
    "second run computes nothing.",
)


def parser_for(prog: str) -> CommandParser:
    """The parser of the command's arguments."""
    width = max(map(len, STUDIES))
    listing = "studies:\n" + "\n".join(f"  {key:<{width}}  {s.title}" for key, s in STUDIES.items())
    parser = CommandParser(prog, "Do a classic study from beginning to end.", EXAMPLE, OUTPUT, listing)
    parser.add_argument("study", nargs="?", metavar="NAME", help="the study; without it they are listed")
    parser.add_argument("--out", type=out_folder, metavar="FOLDER", help="where the report is written")
    parser.add_argument("--tasks", type=comma_separated, default=(), metavar="A,B", help="some tasks alone")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where pictures are looked for")
    parser.add_number("--limit", None, "the first N pictures of each task", 1)
    parser.add_argument("--notebook", action="store_true", help="also write NAME.ipynb with the same calls")
    parser.add_argument(
        "--instructor", action="store_true", help="leave out what was computed, and ask the questions"
    )
    parser.add_argument("--engine", default="local", choices=ENGINES, help="local, or ray for Ray's workers")
    parser.add_number("--workers", None, "workers of --engine ray; one for each GPU, or 2, if not given", 1)
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "python -m xai_core.studies") -> int:
    """The command; its exit code."""
    return guarded(_run, parser_for(prog).parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    if options.study is None:
        for key, recipe in STUDIES.items():
            print(f"{key}: {recipe.title} ({recipe.source})")
        return DONE
    recipe = find_study(options.study)
    if options.out is None:
        raise InputError(f"--out is not given; a folder for the report of {recipe.key!r} is needed.")
    if options.data is not None and not options.data.is_dir():
        raise InputError(f"--data is {str(options.data)!r}, where there is no folder.")
    make_folder(options.out)
    read_answers(options.out, recipe)  # a file that cannot be used is said before anything is computed
    keep_freed_memory()
    chosen = Options(options.data, options.limit, options.tasks)
    here: Engine = local
    engine = named(options.engine, options.workers, here, _over_ray)
    result = run(recipe, options.out / "steps", chosen, _show, engine=engine)
    for missing in dict.fromkeys(str(one) for task in result.tasks for one in task.setup.missing):
        say(missing)
    write_all(result, options.out, options.instructor)
    if options.notebook:
        setups = [settle(task.task, options.data, options.limit) for task in result.tasks]
        answers = read_answers(options.out, recipe)
        where = None if options.data is None else str(options.data)
        made = notebook(recipe, setups, answers, where, options.limit)
        replace_file(options.out / f"{result.stem}.ipynb", made)
    print(f"{result.recipe.title}: {options.out / (result.stem + '.html')}")
    for sentence in result.failed:
        say(sentence)
    return PARTLY if result.failed else DONE


def write_all(result: StudyResult, folder: Path, instructor: bool = False) -> None:
    """The report in its three forms, and answers.json where there is none yet."""
    answers = read_answers(folder, result.recipe)
    if not (folder / FILE).is_file():
        write_answers(folder, result.recipe, answers)
    stem = result.stem + ("-questions" if instructor else "")
    replace_file(folder / f"{stem}.html", report_html(result, answers, instructor).encode())
    replace_file(folder / f"{stem}.md", report_markdown(result, answers, instructor).encode())
    replace_file(folder / f"{stem}.zip", report_zip(result, answers, instructor))


def _over_ray(workers: int | None) -> Engine:
    from .ray_engine import over_ray

    return over_ray(workers)


def _show(p: StudyProgress) -> None:
    say(f"{p.task}: {p.done} of {p.total}" + (f", about {p.left:.0f} s left" if p.left else ""))
