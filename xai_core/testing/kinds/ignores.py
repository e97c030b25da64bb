"""Ignores: neither the map nor the answer depends on a region, such as a corner with a watermark.

    share_n  = sum of the map's positive part inside the region / sum of all of it, 0..1
    effect_n = max(0, p - p with the region greyed out) of the class explained
    elsewhere_n = the mean of the same over random places of the same region
    claims: mean share < s;   mean (effect - elsewhere) < d

The first asks the map, the second the network: the region is taken out. With a stamp, a picture that is put
into the region first, every picture carries the mark; without one a mark that few pictures carry moves no
mean. A map without a positive value says nothing about the region, and its share is 1.

Lapuschkin et al., Unmasking Clever Hans predictors and assessing what machines really learn, Nature
Communications 2019."""

from __future__ import annotations

import numpy as np

from ...metrics.localization import energy
from ...metrics.removal import region_effect
from ...parameters import Param
from .._check import PREDICTED, Check
from .._kind import Claim, Kind, Numbers, Shot
from ..regions import boxes_of, mask_of_region

PLACES = 6  # where the region is taken out for comparison


def measure(shot: Shot) -> Numbers:
    """The share of the map in the region, and what its removal costs, here and elsewhere."""
    size = shot.e.view_size
    share = energy(shot.e.upsampled(), boxes_of(shot.check.region, size))
    mask = mask_of_region(shot.check.region, size)
    found = region_effect(shot.handle, shot.image, mask, "grey", PLACES, shot.seed)
    return {
        "share": share if share == share else 1.0,
        "effect": max(0.0, found.drop(shot.e.target)),
        "elsewhere": float(np.maximum(found.control_drops(shot.e.target), 0).mean()),
    }


def claims(check: Check) -> tuple[Claim, ...]:
    """That the map's share and the answer's loss are small."""
    loss = "how much more probability is lost with the region taken out than with the same region elsewhere"
    return (
        Claim("share", "the share of the map inside the region", check.settings["share"], above=False),
        Claim("effect", loss, check.settings["effect"], (-1.0, 1.0), "elsewhere", above=False),
    )


KIND = Kind(
    "ignores",
    "Ignores a region",
    "Does the network ignore this region?",
    "Little of the map lies in the region, and the answer hardly changes when the region is taken out.",
    ("share", "effect", "elsewhere"),
    measure,
    claims,
    (
        Param(
            "share",
            "float",
            0.2,
            "how much of the map may lie inside the region, on average",
            0.01,
            0.99,
            0.05,
            label="At most this share inside",
        ),
        Param(
            "effect",
            "float",
            0.2,
            "how much more probability may be lost without the region than without as much elsewhere",
            0.01,
            0.99,
            0.05,
            label="At most this loss of probability",
        ),
    ),
    PREDICTED,
    regional=True,
    inputs=2 + PLACES,
)
