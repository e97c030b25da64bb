"""Gradient and perturbation methods side by side with Captum and lime, in one process, in turn, medians.

    python -m tests.benchmarks.methods [--only integrated_gradients,lime:resnet50] [--samples 1000] [--json
    FILE]

Each library is called as its documentation calls it. Then the app's allocator setting is made, for the whole
process, and ours is timed as the app runs it, and the library once more with that setting and the best of a
few batch sizes ("tuned"). The library's side is timed once, ours three times. Exact methods must agree to a
correlation of 0.999, those that draw their own random numbers to what their noise allows. Take the figures on
a quiet machine."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from xai_core.network.batches import keep_freed_memory

from .libraries import LIBRARY, MethodBench
from .networks import CONVOLUTIONAL, NETWORKS, TRANSFORMERS
from .report import Row, correlation, difference, seconds, several, table, write_json

RESULTS = Path(__file__).parent / "results" / "methods.json"
TUNED = {"efficientnet_lite0": (1, 4, 8)}  # batch sizes; of the larger networks these two
TUNED_LARGE = (4, 8)
SAMPLED = ("lime", "lime_equal", "kernel_shap")  # maps by random numbers of their own
_WANTED = {  # of each convolutional network in turn, beside the library as it comes and at its best
    "integrated_gradients": ((5, 4, 2.5), (1, 1, 1)),
    "smooth_grad": ((5, 4, 2.5), (1, 1, 1)),
    "occlusion": ((7, 5, 9), (4, 3.5, 8)),
    "lime": ((7, 1.8, 1.5), (4, 1.6, 1.3)),
    "lime_equal": ((12, 3, 2.5), (7, 2.6, 2.2)),
    "kernel_shap": ((5, 2, 1.6), (3, 1.5, 1.4)),
    "rise": ((2, 1.4, 1.1), (1, 1, 1)),
}
_OF_TRANSFORMERS = 1.2  # of each transformer, also beside the tuned library
# least correlation where random numbers differ
NOISY = {"smooth_grad": 0.5, "lime": 0.8, "lime_equal": 0.8, "kernel_shap": 0.5}
EQUAL = (
    0.55  # of the library's samples: LIME's pairs are then as near to the converged map (docs/measured.md)
)


def ours_params(method: str, samples: int) -> dict[str, object]:
    """The parameters of ours that make the two sides the same request."""
    if method == "rise":
        return {"masks": 2 * samples}
    if method == "kernel_shap":
        return {"samples": samples}
    if method in ("lime", "lime_equal"):
        return {"samples": round(samples * (EQUAL if method == "lime_equal" else 1)), "score": "probability"}
    return {}


def row(method: str, b: MethodBench, default: float) -> Row:
    """Ours three times, the library once at its best batch size; `default` is its time as it comes."""
    params = ours_params(method, b.samples)
    mine, a = several(lambda: b.ours(method, **params), b.rounds)
    results: dict[int, np.ndarray] = {}
    times: dict[int, float] = {}
    for batch in TUNED.get(b.key, TUNED_LARGE) if b.rounds > 1 else TUNED_LARGE[-1:]:
        times[batch] = seconds(lambda batch=batch: results.update({batch: LIBRARY[method](b, batch)}))
    best = min(times, key=times.get)
    other, scale = results[best], 1.0
    if method == "occlusion" and b.every > 1:  # one window in every^2, where the library's map is not zero
        a, other = (values[:: 8 * b.every, :: 8 * b.every] for values in (a, other))
        scale = (b.x.shape[2] // 8) * (b.x.shape[3] // 8) / a.size
    wanted, tuned_wanted = _targets(method, b.key)
    made = Row(
        method,
        b.name,
        mine,
        scale * default,
        correlation(a, other),
        wanted,
        difference(a, other),
        scale * times[best] / mine,
        tuned_wanted,
        needed=_needed(method, b.samples),
    )
    made.notes += ["library timed once", f"tuned: batches of {best}"]
    if scale != 1:
        made.notes.append(f"library scaled from {a.size} windows")
    if method in SAMPLED and b.samples != 1000:
        made.notes.append(f"{b.samples} samples, too few for maps of other random numbers to be compared")
    return made


def _targets(method: str, key: str) -> tuple[float, float]:
    """What is asked of the ratios to the library as it comes, and to the tuned one."""
    if key in TRANSFORMERS:
        return _OF_TRANSFORMERS, _OF_TRANSFORMERS
    place = CONVOLUTIONAL.index(key)
    default, tuned = _WANTED[method]
    return default[place], tuned[place]


def _needed(method: str, samples: int) -> float | None:
    """The least correlation; None with few samples, when two draws of other random numbers need not agree."""
    return None if method in SAMPLED and samples < 1000 else NOISY.get(method, 0.999)


def rows(only: list[str], samples: int, every: int, rounds: int) -> Iterator[Row]:
    benches, defaults = {}, {}
    for key in NETWORKS:
        for method in LIBRARY:
            if any(word in (method, f"{method}:{key}") for word in only):
                b = benches[key] = benches.get(key) or MethodBench(key, samples, every, rounds)
                defaults[key, method] = seconds(lambda b=b, method=method: LIBRARY[method](b, None))
    keep_freed_memory()  # cannot be undone, so the libraries as they come were first
    for (key, method), default in defaults.items():
        yield row(method, benches[key], default)


def main() -> int:
    """Run the rows asked for; 1 if a map disagrees."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.methods", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(LIBRARY), help="methods, or method:network")
    parser.add_argument("--samples", type=int, default=1000, help="of lime and kernel_shap")
    parser.add_argument(
        "--every",
        type=int,
        default=1,
        help="library's occlusion: one row and column of windows in so many; 3 or 9",
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="of ours; with 1 the library has one batch size"
    )
    parser.add_argument("--json", type=Path, default=RESULTS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    done: list[Row] = []
    for found in rows(options.only.split(","), options.samples, options.every, options.rounds):
        done.append(found)
        print(
            f"{found.work}, {found.network}: {found.ratio:.3g} {found.verdict}", file=sys.stderr, flush=True
        )
    print(table(done))
    write_json(options.json, done, {"samples": options.samples})
    return 0 if all(found.agrees for found in done) else 1


if __name__ == "__main__":
    sys.exit(main())
