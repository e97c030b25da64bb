"""Every row of the benchmark in one run: the libraries that people use, and ours, side by side.

    python -m tests.benchmarks [--quick] [--networks efficientnet_lite0,vit_tiny] [--out FOLDER]
    python -m tests.benchmarks --device cuda [--quick] [--minutes 8] ...    the table of a GPU (`device`)

Each part runs in a process of its own, because the allocator setting that the app makes cannot be undone:
within a part both sides take turns, and every row checks that their maps agree. EfficientNet-Lite0 has its
real weights, the others random ones. Writes benchmark.json, benchmark.md and benchmark.html, a
Plotly figure, into the folder, with the app's waiting times. `--quick` takes EfficientNet-Lite0 alone and
scales the long rows up from a part. The exit code is 1 where maps disagree or a part fails. Take the figures
on a quiet machine."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import torch

from . import device
from .networks import NETWORKS, TRANSFORMERS
from .parts import run

RESULTS = Path(__file__).parent / "results"
METHODS = ("integrated_gradients", "smooth_grad", "occlusion", "lime", "lime_equal", "kernel_shap", "rise")
SUITES = ("seven", "eigen_cam", "ablation_cam", "score_cam")
OF_TRANSFORMERS = ("seven", "ablation_cam")
SIZES = {  # the libraries take hours otherwise; what was scaled is said in the table
    "resnet50": ["--samples", "300", "--every", "3"],
    "vgg16": ["--samples", "300", "--every", "3"],
    "vit_b_16": ["--samples", "100"],
}
COLOURS = {
    "efficientnet_lite0": "#2F5BD0",
    "resnet50": "#D55E00",
    "vgg16": "#2F8F5B",
    "vit_tiny": "#8E44AD",
    "vit_b_16": "#7A6A00",
}


def parts(networks: list[str], quick: bool) -> Iterator[list[str]]:
    """The commands, one a part."""
    for key in networks:
        for suite in OF_TRANSFORMERS if key in TRANSFORMERS else SUITES:
            yield ["cams", "--only", f"{suite}:{key}", "--as-the-app", *(["--quick"] if quick else [])]
        methods = ",".join(f"{method}:{key}" for method in METHODS)
        if key in TRANSFORMERS:
            methods = methods.replace(f"occlusion:{key},", "")
        size = ["--samples", "50", "--every", "9", "--rounds", "1"] if quick else SIZES.get(key, [])
        yield ["methods", "--only", methods, *size]
        if key not in TRANSFORMERS:
            yield [
                "curves",
                "--networks",
                key,
                "--part",
                "64" if quick or key == "vgg16" else "16",
                "--no-study",
            ]


def machine() -> dict[str, str]:
    """What the figures were taken on."""
    return {
        "date": datetime.date.today().isoformat(),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "vector instructions": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def markdown(rows: list[dict[str, Any]], about: dict[str, str]) -> str:
    """The table, with the machine in a line above it."""
    names = (
        "work",
        "network",
        "library s",
        "ours s",
        "times faster",
        "wanted",
        "than the tuned library",
        "wanted",
        "correlation",
        "largest difference",
        "peak MB",
        "",
    )
    lines = [", ".join(f"{name} {value}" for name, value in about.items()), ""]
    lines += [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    for row in rows:
        cells = (
            row["work"],
            row["network"],
            f"{row['library']:.3g}",
            f"{row['ours']:.3g}",
            f"{row['ratio']:.3g}",
            f"{row['target']:g}",
            f"{row['tuned']:.3g}",
            f"{row['tuned_target']:g}",
            f"{row['correlation']:.6f}",
            f"{row['difference']:.1g}",
            str(row["peak_mb"]),
            "; ".join([row["verdict"], *row["notes"]]),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def app_markdown(tables: dict[str, dict[str, float]]) -> str:
    """What a person waits for in the running app."""
    lines = ["", "| where | what | ms |", "|---|---|---|"]
    lines += [
        f"| {where} | {what} | {1000 * seconds:.0f} |"
        for where, steps in tables.items()
        for what, seconds in steps.items()
    ]
    return "\n".join(lines) + "\n"


def figure(rows: list[dict[str, Any]]) -> go.Figure:
    """Times faster, a bar a row and network, with a line where it is wanted to be."""
    made = go.Figure()
    for key, colour in COLOURS.items():
        own = [row for row in rows if row["network"].startswith(key)]
        works = [row["work"].split(",")[0] for row in own]
        made.add_bar(name=key, x=works, y=[row["ratio"] for row in own], marker_color=colour)
        made.add_scatter(
            x=works,
            y=[row["target"] for row in own],
            mode="markers",
            name=f"{key}, wanted",
            marker={"symbol": "line-ew", "size": 18, "line": {"width": 2, "color": colour}},
        )
    made.update_yaxes(type="log", title="times faster than the library as it comes")
    made.update_layout(barmode="group", height=560, legend={"orientation": "h", "y": 1.1})
    return made


def save(folder: Path, rows: list[dict[str, Any]], app: dict[str, Any] | None, about: dict[str, str]) -> str:
    """Write the three files; the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"machine": about, "rows": rows, "app": app}
    (folder / "benchmark.json").write_text(json.dumps(whole, indent=1))
    text = markdown(rows, about) + app_markdown(app or {})
    (folder / "benchmark.md").write_text(text)
    figure(rows).write_html(folder / "benchmark.html", include_plotlyjs="cdn")
    return text


def main() -> int:
    """Run everything; 1 if a part failed or maps disagree."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="EfficientNet-Lite0, long rows from a part")
    parser.add_argument("--networks", help="names, with commas between them")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--device", choices=("cuda", "cpu"), help="all rows on this device, in one process")
    parser.add_argument("--minutes", type=float, default=8, help="of --device; what does not fit is left out")
    options = parser.parse_args()
    options.networks = options.networks or (device.NETWORKS if options.device else ",".join(NETWORKS))
    if options.device:
        return device.main(options.device, options)
    networks = ["efficientnet_lite0"] if options.quick else options.networks.split(",")
    about = machine() | ({"quick": "yes"} if options.quick else {})
    rows: list[dict[str, Any]] = []
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for command in parts(networks, options.quick):
            found = run(command, Path(folder))
            failed += found is None
            rows += [row | {"peak_mb": found["peak_mb"]} for row in (found or {"rows": []})["rows"]]
            save(options.out, rows, None, about)  # what was measured stays when the rest is cut off
        app = run(["app", "--rounds", "3" if options.quick else "7"], Path(folder))
    failed += app is None
    print(save(options.out, rows, app, about))
    return int(failed > 0 or any(row["verdict"] == "MAPS DIFFER" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
