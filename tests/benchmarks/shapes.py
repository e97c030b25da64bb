"""Where the maps of the two tiny networks lie, measured on drawn pictures whose right region is known.

    python -m tests.benchmarks.shapes --out shapes.csv [--methods grad_cam,lrp] [--pictures 500]

For every method and both networks, on pictures with one filled shape and on pictures with two: the share of
maps whose maximum lies inside the box of the asked shape (pointing, no pixel of tolerance), and the share of
the positive map inside it (energy). The controls, a random map and a bump in the middle, stand beside them. A
method that pushes hundreds of pictures through the network for one map is measured on the first tenth of the
pictures. What FILE already holds is not measured again; the table of FILE is printed as Markdown."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

import xai_core as xai
from xai_core.datasets import Example, open_dataset
from xai_core.evaluation.evaluate import CENTRE, CHANCE, Plan, measure

NETWORKS = {"tiny_vit_shapes": "ViT", "tiny_cnn_shapes": "CNN"}
SETS = {"shapes": "one", "shape_pairs": "two"}
PICTURES, SLOW_SHARE = 500, 10
LONG = {"rise", "lime", "kernel_shap", "score_cam"}
COLUMNS = ("method", "network", "set", "pictures", "pointing", "energy", "refused")


def main() -> int:
    """Measure what is missing, keep it, print all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--methods", default=",".join([*xai.METHODS, CENTRE, CHANCE]))
    parser.add_argument("--pictures", type=int, default=PICTURES)
    options = parser.parse_args()
    torch.set_num_threads(2)
    rows = pd.read_csv(options.out).to_dict("records") if options.out.exists() else []
    known = {(row["method"], row["network"], row["set"]) for row in rows}
    for network in NETWORKS:
        handle = xai.load_model(network, "cpu")
        for name in SETS:
            examples = open_dataset(name, handle.labels).examples[: options.pictures]
            for method in options.methods.split(","):
                if (method, network, name) not in known:
                    rows.append({"method": method, "network": network, "set": name})
                    rows[-1] |= measured(handle, examples, method)
                    pd.DataFrame(rows, columns=COLUMNS).to_csv(options.out, index=False)
                    print(rows[-1], file=sys.stderr)
    print(markdown(pd.DataFrame(rows, columns=COLUMNS)))
    return 0


def measured(handle: xai.ModelHandle, examples: tuple[Example, ...], method: str) -> dict[str, object]:
    """Means over the pictures, or the sentence with which the method refuses the network. A map without a
    positive value points nowhere and has no energy."""
    if method in LONG:
        examples = examples[: max(1, len(examples) // SLOW_SHARE)]
    plan, found = Plan((method,), ("distance", "energy", "maximum")), []
    for example in examples:
        try:
            found.append([row["value"] for row in measure(handle, example, plan)])
        except xai.InputError as error:
            return {"pictures": 0, "refused": str(error)}
    distance, energy, highest = np.array(found, float).T
    return {
        "pictures": len(found),
        "pointing": float(((distance == 0) & (highest > 0)).mean()),
        "energy": float(np.nanmean(energy)),
    }


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
        label = {CENTRE: "Bump in the middle", CHANCE: "Random map"}.get(method) or xai.METHODS[method].label
        lines.append(f"| {label} | {own['pictures'].max():.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
