"""The tables of the benchmark of one device: what a row holds, as Markdown and JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch


@dataclass(frozen=True)
class Scored:
    """Pictures a second of a scorer at its fastest batch, and its largest difference of logits from float32,
    as a share of their largest value."""

    network: str
    how: str
    rate: float
    batch: int
    off: float


@dataclass(frozen=True)
class Timed:
    """One row: seconds of the library as it comes, of the library at its best batch, and of ours; what TF32
    and bfloat16 take, with the correlation of their maps with those of float32."""

    network: str
    work: str
    library: float
    tuned: float
    ours: float
    correlation: float
    difference: float
    agrees: bool
    other: dict[str, tuple[float, float]] = field(default_factory=dict)  # precision -> seconds, correlation
    fetches: int | None = None


def save(folder: Path, name: str, scored: list, timed: list, left_out: list[str]) -> str:
    """Write both files as far as they go; the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"device": name, "torch": torch.__version__, "left_out": left_out}
    whole |= {"scorers": [asdict(s) for s in scored], "rows": [asdict(t) for t in timed]}
    (folder / "device.json").write_text(json.dumps(whole, indent=1))
    text = markdown(name, scored, timed, left_out)
    (folder / "device.md").write_text(text)
    return text


def markdown(name: str, scored: list[Scored], timed: list[Timed], left_out: list[str]) -> str:
    """Both tables."""
    lines = [
        f"{name}, torch {torch.__version__}",
        "",
        "| network | scorer | pictures a second | batch | off |",
    ]
    lines += ["|---|---|---|---|---|"]
    lines += [f"| {s.network} | {s.how} | {s.rate:.0f} | {s.batch} | {s.off:.1g} |" for s in scored]
    head = ("network", "work", "library s", "tuned s", "ours s", "times faster", "than tuned", "correlation")
    head = (*head, "largest difference", "TF32 s (correlation)", "bfloat16 s (correlation)", "fetches", "")
    lines += ["", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for t in timed:
        other = [f"{o[0]:.3g} ({o[1]:.5f})" if (o := t.other.get(k)) else "" for k in ("TF32", "bfloat16")]
        cells = [t.network, t.work, f"{t.library:.3g}", f"{t.tuned:.3g}", f"{t.ours:.3g}"]
        cells += [f"{t.library / t.ours:.3g}", f"{t.tuned / t.ours:.3g}", f"{t.correlation:.6f}"]
        cells += [f"{t.difference:.1g}", *other, "" if t.fetches is None else str(t.fetches)]
        lines.append(f"| {' | '.join([*cells, '' if t.agrees else 'MAPS DIFFER'])} |")
    lines += ["", f"Left out, the time was over: {', '.join(left_out)}."] if left_out else []
    return "\n".join(lines) + "\n"
