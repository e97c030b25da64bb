"""The fact of methods whose map adds up to a difference of scores: how far that is missed."""

import torch
from torch import nn

from ..network.batches import batch_size
from ..network.scores import Score

ERROR = {"completeness_error": "Completeness error, as a share of the score's difference"}


def missed(attribution: torch.Tensor, differences: torch.Tensor) -> torch.Tensor:
    """|sum A - d| / |d| for each picture: (N, 3, H, W) and (N,) -> (N,)."""
    wanted = differences.cpu().double()
    return (attribution.cpu().double().sum((1, 2, 3)) - wanted).abs() / wanted.abs().clamp(min=1e-12)


def path_error(
    scorer: nn.Module, x: torch.Tensor, starts: torch.Tensor, score: Score, attribution: torch.Tensor
) -> torch.Tensor:
    """|sum A - d| / |d| with d = s(x) - mean_b s(b), for one picture `x` (1, 3, H, W) and the baselines
    `starts` (S, 3, H, W): a number. It costs 1 + S forward passes."""
    with torch.inference_mode():
        size = batch_size(x.device)
        scores = torch.cat([score(scorer(one)) for one in (x, *starts.split(size))]).cpu().double()
    return missed(attribution, (scores[0] - scores[1:].mean())[None])[0]
