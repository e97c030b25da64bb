"""Localization over a dataset, from the rows of `evaluate`: every number here is arithmetic on the table, so
that thresholds can be moved after the maps are long gone.

The rows must hold METRICS for maps of the true class. Then, for boxes at a share T of the maximum,

    error, true class known = mean [IoU_T <= 0.5]
    top-1 error             = mean [not correct, or IoU_T <= 0.5]        top-5 the same with correct_top5
    pointing                = mean [distance <= tolerance]

Russakovsky et al., ImageNet Large Scale Visual Recognition Challenge, IJCV 2015."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .bands import mean_band, standard_error
from .localization import OVERLAP, TOLERANCE, PointingCurve, pointing_curve
from .measures import SHARES

METRICS = (
    "correct",
    "correct_top5",
    *(f"iou@{percent}" for percent in SHARES),
    "distance",
    "energy",
    "activated_share",
    "maximum",
)


def wide(rows: pd.DataFrame) -> pd.DataFrame:
    """One line a picture and method, a column a metric; pictures without a box are left out."""
    keys = ["image", "method"]
    table = rows.pivot(index=keys, columns="metric", values="value").reindex(columns=list(METRICS))
    in_order = table.reindex(pd.MultiIndex.from_frame(rows[keys].drop_duplicates()))
    return in_order.dropna(subset=["distance"]).reset_index()


def numbers(table: pd.DataFrame, percent: int = 20, tolerance: float = TOLERANCE) -> pd.DataFrame:
    """Of each line of `wide`: what the chosen threshold (one of SHARES) and tolerance make of it."""
    found = table[["image", "method"]].copy()
    iou = table[f"iou@{percent}"]
    missed = iou <= OVERLAP
    found["iou"] = iou
    found["error"] = missed.astype(float)
    found["top1_error"] = (missed | (table["correct"] == 0)).astype(float)
    found["top5_error"] = (missed | (table["correct_top5"] == 0)).astype(float)
    found["pointing"] = (table["distance"] <= tolerance).astype(float)
    found["energy"] = table["energy"]
    found["activated_share"] = table["activated_share"]
    return found


MEASURED = ("iou", "error", "top1_error", "top5_error", "pointing", "energy", "activated_share")


def summary(found: pd.DataFrame, groups: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Means with standard errors (`NAME_se`) of `numbers`, a line a method; with `groups` (picture -> group)
    a line a group and method. Values that do not exist (an empty map's energy) are left out."""
    keys = ["method"]
    if groups is not None:
        found, keys = found.assign(group=found["image"].map(groups)), ["group", "method"]
    lines = []
    for key, part in found.groupby(keys, sort=False):
        line: dict[str, object] = dict(zip(keys, key, strict=True)) | {"pictures": len(part)}
        for name in MEASURED:
            values = part[name].dropna().to_numpy(float)
            line[name] = float(values.mean()) if len(values) else float("nan")
            line[f"{name}_se"] = standard_error(values)
        lines.append(line)
    return pd.DataFrame(lines)


def error_curve(table: pd.DataFrame, method: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Localization error, true class known, with its 95 % interval, at each of SHARES: three (19,)."""
    own = table[table["method"] == method]
    missed = own[[f"iou@{percent}" for percent in SHARES]].to_numpy(float) <= OVERLAP
    mean, low, high = mean_band(missed.astype(float))
    return mean, np.clip(low, 0, 1), np.clip(high, 0, 1)


def reject_curve(table: pd.DataFrame, method: str, tolerance: float = TOLERANCE) -> PointingCurve:
    """The pointing game with a reject option, a threshold on each map's maximum."""
    own = table[table["method"] == method]
    hits = (own["distance"] <= tolerance).to_numpy()
    return pointing_curve(own["maximum"].to_numpy(float), hits)
