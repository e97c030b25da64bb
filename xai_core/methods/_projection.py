"""The first principal component of a stack of channels, as a map."""

import torch


def principal_map(values: torch.Tensor) -> torch.Tensor:
    """(N, C, h, w) -> (N, h, w): the h*w places as points in C dimensions, centred, projected on their first
    component.

    The eigenvector is taken of the smaller of the two Gram matrices, C x C or hw x hw, which gives the same
    projection as a full SVD. An eigenvector's sign is arbitrary; here the map is turned so that it agrees
    with the sum over channels (their inner product is not negative). Computed in float64 on the CPU, since
    Apple's GPU has no float64."""
    n, c, h, w = values.shape
    points = values.cpu().double().flatten(2).transpose(1, 2)
    points = points - points.mean(1, keepdim=True)
    if c <= h * w:
        _, vectors = torch.linalg.eigh(points.transpose(1, 2) @ points)
        projected = (points @ vectors[:, :, -1:])[:, :, 0]
    else:
        strengths, vectors = torch.linalg.eigh(points @ points.transpose(1, 2))
        projected = vectors[:, :, -1] * strengths[:, -1:].clamp(min=0).sqrt()
    agrees = (projected * points.sum(2)).sum(1, keepdim=True) >= 0
    return torch.where(agrees, projected, -projected).view(n, h, w).to(values)
