"""The receptive field of each place of a map: which parts of the picture it depends on."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch.nn import functional as F

from .local import Local


def receptive_field(local: Local, fields: Mapping[int, torch.Tensor]) -> torch.Tensor | None:
    """bool (d, h, w): which of d parts of the picture each place of the operation's output depends on.

    `fields` holds the same, (d, H, W), for earlier results, by number. None if one of the inputs is missing
    there."""
    if any(number not in fields for number in local.inputs):
        return None
    seen = torch.stack([fields[number] for number in local.inputs]).any(0)
    if local.reach is None:
        return seen
    down, across = local.reach
    padding = (across.padding, across.padding, down.padding, down.padding)
    padded = F.pad(seen.float()[None], padding)
    kernel, stride, dilation = zip(*((r.kernel, r.stride, r.dilation) for r in local.reach), strict=True)
    return F.max_pool2d(padded, kernel, stride, 0, dilation)[0] > 0
