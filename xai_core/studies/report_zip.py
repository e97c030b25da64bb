"""A study as a ZIP: the report in HTML and Markdown, figures, tables, pictures, what every step computed, and
the script that computes it again.

    report.html, README.md, answers.json, figures/, tables/, pictures/, steps/, manifest.json, reproduce.py"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..board.export_zip import versions
from ..inputs.images import to_png
from . import answers as own
from . import words
from ._recipe import ALL
from .outcome import Table
from .pictures import chart_svg, sheet_png
from .report_html import report_html
from .report_markdown import FOLDER, report_markdown
from .runner import StudyResult, TaskResult
from .store import packed

FORMAT, VERSION = "saliency-lab study", 1
_STAMP = (1980, 1, 1, 0, 0, 0)  # the same results give the same bytes


def report_zip(
    result: StudyResult, answers: Mapping[str, str] | None = None, instructor: bool = False
) -> bytes:
    """The bytes of the ZIP. `python reproduce.py`, where xai_core can be imported, computes every step again
    from the pictures inside, and compares it and every number of the report. The instructor's version has
    neither the numbers nor the steps."""
    files: dict[str, bytes] = {
        "report.html": report_html(result, answers, instructor).encode(),
        "README.md": report_markdown(result, answers, instructor).encode(),
        own.FILE: answers_json(result, answers),
    }
    if not instructor:
        tasks = [_task(task, files) for task in result.tasks if not task.failed]
        manifest = {"format": FORMAT, "version": VERSION, "study": result.recipe.key, "packages": versions()}
        manifest["tasks"] = tasks
        files["manifest.json"] = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
        files["reproduce.py"] = (Path(__file__).parent / "reproduce.py").read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return buffer.getvalue()


def answers_json(result: StudyResult, answers: Mapping[str, str] | None) -> bytes:
    """The file of the answers."""
    given = answers or dict.fromkeys(own.questions_of(result.recipe), "")
    found = {"format": own.FORMAT, "study": result.recipe.key, "answers": dict(given)}
    return (json.dumps(found, indent=1, ensure_ascii=False) + "\n").encode()


def _task(result: TaskResult, files: dict[str, bytes]) -> dict[str, Any]:
    """The record of a task in the manifest; its files are added to `files`."""
    assert result.bench is not None
    bench, setup = result.bench, result.setup
    for block in result.outcome.blocks:
        if isinstance(block, Table):
            files[f"tables/{words.file_of(block, result, 'csv')}"] = table_csv(block)
        elif block.chart is not None:
            files[f"{FOLDER}/{words.file_of(block, result, 'svg')}"] = chart_svg(block.chart).encode()
        else:
            files[f"{FOLDER}/{words.file_of(block, result, 'png')}"] = sheet_png(block)
    for step, key in result.keys.items():
        files[f"steps/{key}.npz"] = packed(result.found[step])
    return {
        "task": result.task.key,
        "model": setup.model,
        "identity": bench.handle.identity,
        "weights_sha256": bench.handle.weights_sha256,
        "others": [
            {"model": key, "identity": handle.identity, "weights_sha256": handle.weights_sha256}
            for key, handle in zip(setup.others, bench.others, strict=True)
        ],
        "stand_ins": [one.short for one in setup.missing],
        "parameters": dict(setup.parameters),
        "pictures": [_picture(result, number, files) for number in range(len(bench.examples))],
        "steps": [
            {"picture": s.picture, "part": s.part, "file": f"steps/{k}.npz"} for s, k in result.keys.items()
        ],
        "numbers": numbers_of(result),
    }


def _picture(result: TaskResult, number: int, files: dict[str, bytes]) -> dict[str, Any]:
    """The record of a picture. One that no step looks at is named, but not carried."""
    assert result.bench is not None
    example = result.bench.examples[number]
    record: dict[str, Any] = {"name": example.name, "label": example.label, "targets": list(example.targets)}
    if any(step.picture in (ALL, number) for step in result.keys):
        image = result.bench.image(number)
        file = f"pictures/{image.sha256[:16]}.png"
        files[file] = to_png(image)
        boxes = [[box.label, box.x0, box.y0, box.x1, box.y1] for box in image.boxes]
        record |= {"file": file, "sha256": image.sha256, "fit": image.fit, "boxes": boxes}
    return record


def numbers_of(result: TaskResult) -> dict[str, Any]:
    """Every number of the report's task: tables, findings and sentences."""
    return {
        "tables": {
            block.key: [list(row) for row in block.rows]
            for block in result.outcome.blocks
            if isinstance(block, Table)
        },
        "findings": {f.key: [f.here.value, f.here.low, f.here.high, f.verdict] for f in result.findings},
        "sentences": [clause.text for clause in result.outcome.clauses],
    }


def table_csv(table: Table) -> bytes:
    """The table with all digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return text.getvalue().encode()
