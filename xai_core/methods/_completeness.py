"""The fact of methods whose map adds up to a difference of scores: how far that is missed."""

import torch

ERROR = {"completeness_error": "Completeness error, as a share of the score's difference"}


def missed(attribution: torch.Tensor, differences: torch.Tensor) -> torch.Tensor:
    """|sum A - d| / |d| for each picture: (N, 3, H, W) and (N,) -> (N,)."""
    wanted = differences.cpu().double()
    return (attribution.cpu().double().sum((1, 2, 3)) - wanted).abs() / wanted.abs().clamp(min=1e-12)
