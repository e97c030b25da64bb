"""lime's own regression on our masks: its random numbers cannot be given, and it has no pairs."""

from __future__ import annotations

import numpy as np
import torch

from ...methods._pairs import PAIRS
from ...methods.lime import random_masks
from .case import Case, Compute, Found


def _lime(case: Case) -> Found:
    from lime.lime_base import LimeBase

    params, count = case.e.params, int(case.e.facts["superpixels"])
    generator = torch.Generator().manual_seed(case.e.seed)
    keep = random_masks(count, params["samples"], generator, params["draw"])[: int(case.e.facts["samples"])]
    base = LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / params["kernel_width"] ** 2)))
    z = keep.numpy().astype(np.float64)
    scores, distances = case.scores(keep).numpy()[:, None], 1 - np.sqrt(z.mean(1))
    features = params["features"] or z.shape[1]
    method = "highest_weights" if params["features"] else "none"
    found = base.explain_instance_with_data(z, scores, distances, 0, features, feature_selection=method)
    values = np.zeros(z.shape[1])
    for index, weight in found[1]:
        values[index] = weight
    pairs = " lime itself draws each mask by itself (draw: independent)." * (params["draw"] == PAIRS)
    return values[case.e.segments], f"lime's regression on the same masks.{pairs}"


TABLE: dict[str, Compute] = {"lime": _lime}
