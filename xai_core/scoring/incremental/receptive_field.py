"""What each place of a map sees of the picture, step by step."""

from __future__ import annotations

from inspect import signature

import torch
from torch.nn import functional as F

from .rules import RULES, adaptive, combined, convolution, joined, largest, mean, normalised, pair, pointwise
from .trace import Step

IN_PLACE = (pointwise, normalised, combined, joined, adaptive)  # a result sees what its inputs there see
NEARBY = (convolution, largest, mean)


def receptive_field(step: Step, sees: dict[int, torch.Tensor], size: torch.Size) -> torch.Tensor | None:
    """bool (d, h, w): which of d parts of the picture each place of the step's result, (1, C, h, w) in
    `size`, depends on, given that of what it uses. None where it is not local."""
    rule = RULES.get(step.name)
    used = [sees.get(number) for number in step.refs()]
    if rule is None or len(step.outs) != 1 or len(size) != 4 or not used or any(one is None for one in used):
        return None
    if rule in IN_PLACE:
        by_batch = rule is normalised and (step.kwargs.get("training") or any(step.args[5:6]))
        if by_batch or any(one.shape[1:] != size[2:] for one in used):
            return None
        return torch.stack(used).any(0)
    found = _nearby(rule, step, used[0]) if rule in NEARBY and len(used) == 1 else None
    return found if found is not None and found.shape[1:] == size[2:] else None


def _nearby(rule: object, step: Step, sees: torch.Tensor) -> torch.Tensor | None:
    given = signature(rule).bind(None, None, *step.args, **step.kwargs)
    given.apply_defaults()
    if isinstance(given.arguments["padding"], str):
        return None
    weight = given.arguments.get("weight")
    kernel = pair(given.arguments["kernel_size"]) if weight is None else tuple(weight.shape[2:])
    down, across = pair(given.arguments["padding"])
    padded = F.pad(sees.float()[None], (across, across, down, down))
    stride = pair(given.arguments["stride"] or kernel)
    return F.max_pool2d(padded, kernel, stride, 0, pair(given.arguments.get("dilation", 1)))[0] > 0
