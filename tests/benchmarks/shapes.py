"""Where the maps of the two tiny networks lie, measured on drawn pictures whose right region is known.

    python -m tests.benchmarks.shapes --out shapes.csv [--methods grad_cam,lrp] [--pictures 500]

For every method and both networks, on pictures with one filled shape and on pictures with two: the share of
maps whose maximum lies inside the box of the asked shape (pointing, no pixel of tolerance), and the share of
the positive map inside it (energy). The controls, a random map and a bump in the middle, stand beside them. A
method that pushes hundreds of pictures through the network for one map is measured on the first tenth of the
pictures. A method can have parameters as in a link (lime~segmentation=patch~baseline=drop). What FILE already
holds is not measured again; the table of FILE is printed as Markdown."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import torch

import xai_core as xai
from pages._ui.state.entries import read
from xai_core.datasets import Example, open_dataset
from xai_core.evaluation.evaluate import CENTRE, CHANCE, Plan, measure
from xai_core.types import Params

NETWORKS = {"tiny_vit_shapes": "ViT", "tiny_cnn_shapes": "CNN"}
SETS = {"shapes": "one", "shape_pairs": "two"}
PICTURES, SLOW_SHARE = 500, 10
LONG = {"rise", "lime", "kernel_shap", "score_cam", "smooth_grad", "integrated_gradients", "occlusion"}
METRICS = ("distance", "energy", "maximum")
COLUMNS = ("method", "network", "set", "pictures", "pointing", "energy", "refused")


def main() -> int:
    """Measure what is missing, keep it, print all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--methods", default=",".join([*xai.METHODS, CENTRE, CHANCE]))
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    options = parser.parse_args()
    torch.set_num_threads(2)
    rows = pd.read_csv(options.out).to_dict("records") if options.out.exists() else []
    known = {(row["method"], row["network"], row["set"]) for row in rows}
    for slow in (False, True):
        for network in options.networks.split(","):
            handle = xai.load_model(network, "cpu")
            for name in SETS:
                wanted = [m for m in options.methods.split(",") if (m.partition("~")[0] in LONG) == slow]
                wanted = [method for method in wanted if (method, network, name) not in known]
                examples = open_dataset(name, handle.labels).examples[: options.pictures]
                for row in measured(handle, examples[:: SLOW_SHARE if slow else 1], wanted):
                    rows.append({"network": network, "set": name} | row)
                    print(rows[-1], file=sys.stderr)
                pd.DataFrame(rows, columns=COLUMNS).to_csv(options.out, index=False)
    print(markdown(pd.DataFrame(rows, columns=COLUMNS)))
    return 0


def measured(
    handle: xai.ModelHandle, examples: Sequence[Example], methods: Sequence[str]
) -> Iterator[dict[str, object]]:
    """Means over the pictures for each method, or the sentence with which it refuses the network. A map
    without a positive value points nowhere and has no energy."""
    accepted = []
    for method in methods:
        try:
            measure(handle, examples[0], plan_for([method]))
            accepted.append(method)
        except xai.InputError as error:
            yield {"method": method, "pictures": 0, "refused": str(error)}
    plain = [method for method in accepted if "~" not in method]
    for together in filter(None, [plain, *([method] for method in accepted if "~" in method)]):
        plan = plan_for(together)  # all in one call, so that they share their passes
        table = pd.DataFrame([row for example in examples for row in measure(handle, example, plan)])
        for method, name in zip(together, plan.methods, strict=True):
            own = table[table["method"] == name].pivot(index="image", columns="metric", values="value")
            points = (own["distance"] == 0) & (own["maximum"] > 0)
            shares = {"pointing": float(points.mean()), "energy": float(own["energy"].mean())}
            yield {"method": method, "pictures": len(own)} | shares


def plan_for(methods: Sequence[str]) -> Plan:
    """What is measured for methods that share a call; one with parameters stands alone."""
    (first, *others) = methods
    if others or "~" not in first:
        return Plan(tuple(methods), METRICS)
    (entry,) = read(first)
    return Plan((entry.method,), METRICS, params=Params({entry.method: entry.params}))


def markdown(rows: pd.DataFrame) -> str:
    """A line a method: pointing and energy for each network and set."""
    columns = [(network, name) for network in NETWORKS for name in SETS]
    heads = [
        f"{NETWORKS[network]}, {SETS[name]}: {what}"
        for network, name in columns
        for what in ("pointing", "energy")
    ]
    lines = ["| map | pictures | " + " | ".join(heads) + " |", "|" + "---|" * (len(heads) + 2)]
    for method in dict.fromkeys(rows["method"]):
        own = rows[rows["method"] == method].set_index(["network", "set"])
        cells = []
        for key in columns:
            values = own.loc[key] if key in own.index else None
            for what in ("pointing", "energy"):
                value = math.nan if values is None else float(values[what])
                cells.append("" if math.isnan(value) else f"{value:.2f}")
        unseeing = {CENTRE: "Bump in the middle", CHANCE: "Random map"}
        label = unseeing.get(method) or read(method)[0].label()
        lines.append(f"| {label} | {own['pictures'].max():.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
