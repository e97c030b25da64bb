"""KPCA-CAM: the first kernel principal component of the layer's activations. It knows no class.

    K_ab = k(v_a, v_b)        M = sqrt(l) u,   (l, u) the first eigenpair of the centred K, |u| = 1

v_a are the activations (C) of place a, each channel less its mean; K is (h w, h w) and is centred in its rows
and columns. The kernels are, with gamma (0 stands for 1 / C):

    sigmoid  tanh(gamma v_a . v_b + 1)     rbf  exp(-gamma |v_a - v_b|^2)     poly  (gamma v_a . v_b + 1)^3
    linear   v_a . v_b                     cosine  v_a . v_b / (|v_a| |v_b|)

"linear" is Eigen-CAM. An eigenvector's sign is arbitrary; M is turned so that it agrees with the sum of the
channels, as Eigen-CAM's. "sigmoid" need not be positive definite; its largest eigenvalue is taken.
Computed in float64 on the CPU. It equals scikit-learn's KernelPCA, and so pytorch-grad-cam's KPCA_CAM, up to
that sign. A layer may have at most 3,136 places (56 x 56): K grows with their square.

Known failure: the map is the same for every class, so it explains no decision.

Karmani, Sivakaran, Prasad, Ali, Yang and Tang, KPCA-CAM: Visual Explainability of Deep Computer Vision Models
using Kernel PCA, 2024.
"""

import torch

from ..parameters import Param
from ..types import InputError
from ._family import RELU, keeps_sign
from ._spec import MethodSpec

KERNELS = ("sigmoid", "rbf", "poly", "linear", "cosine")
MOST = 56 * 56  # places: K takes 80 MB
DENSE = 200  # places up to which all eigenvectors are found at once; above it, the first one alone


def kpca_cam(activations: torch.Tensor, kernel: str = "sigmoid", gamma: float = 0.0) -> torch.Tensor:
    """(N, C, h, w) activations -> (N, h, w). Raises InputError for a layer of too many places."""
    n, _, h, w = activations.shape
    if h * w > MOST:
        raise InputError(f"The layer has {h} x {w} places; kpca_cam accepts at most {MOST:,}.")
    points = activations.cpu().double().flatten(2).transpose(1, 2)
    points = points - points.mean(1, keepdim=True)
    maps = torch.stack([_component(one, kernel, gamma or 1 / one.shape[1]) for one in points])
    agrees = (maps * points.sum(2)).sum(1, keepdim=True) >= 0
    return torch.where(agrees, maps, -maps).view(n, h, w).to(activations)


def gram(points: torch.Tensor, kernel: str, gamma: float) -> torch.Tensor:
    """k(v_a, v_b) for all rows of (P, C) points: (P, P)."""
    products = points @ points.T
    if kernel == "sigmoid":
        return torch.tanh(gamma * products + 1)
    if kernel == "poly":
        return (gamma * products + 1) ** 3
    lengths = products.diagonal()
    if kernel == "rbf":
        return torch.exp(-gamma * (lengths[:, None] + lengths - 2 * products).clamp(min=0))
    if kernel == "cosine":
        sizes = lengths.clamp(min=0).sqrt()
        return products / torch.where(sizes > 0, sizes, 1).outer(torch.where(sizes > 0, sizes, 1))
    return products


def _component(points: torch.Tensor, kernel: str, gamma: float) -> torch.Tensor:
    """The first component (P,) of (P, C) points: zero where all of them are the same."""
    found = gram(points, kernel, gamma)
    found = found - found.mean(0) - found.mean(1, keepdim=True) + found.mean()
    if len(found) <= DENSE:
        strengths, vectors = torch.linalg.eigh(found)
        return vectors[:, -1] * strengths[-1].clamp(min=0).sqrt()
    return _first(found)


def _first(matrix: torch.Tensor) -> torch.Tensor:
    """The eigenvector (P,) of the largest eigenvalue l of a symmetric matrix, sqrt(l) long; the search for it
    starts from the same vector every time."""
    import numpy as np
    from scipy.sparse.linalg import eigsh

    if not matrix.any():
        return matrix.new_zeros(len(matrix))
    start = np.random.default_rng(0).standard_normal(len(matrix))
    strength, vector = eigsh(matrix.numpy(), k=1, which="LA", v0=start)
    return torch.from_numpy(vector[:, 0].copy()) * max(float(strength[0]), 0.0) ** 0.5


SPEC = MethodSpec(
    "kpca_cam",
    "KPCA-CAM",
    kpca_cam,
    ("activations",),
    (
        RELU,
        Param(
            "kernel",
            "choice",
            "sigmoid",
            "How alike two places are. With linear it is Eigen-CAM.",
            choices=KERNELS,
        ),
        Param(
            "gamma",
            "float",
            0.0,
            "Scale of the products in sigmoid, rbf and poly; 0 is one over the number of channels.",
            low=0,
            high=10,
            step=0.01,
        ),
    ),
    formula=r"M=\sqrt{\lambda_1}\,u_1,\quad \tilde K u_1=\lambda_1u_1,\ K_{ab}=k(v_a,v_b)",
    paper="Karmani et al., 2024",
    url="https://arxiv.org/abs/2410.00267",
    reading=(
        "What the layer reacts to most, by a likeness of places that need not be linear. It is the same for "
        "every class, so it explains no decision."
    ),
    colour="#565D68",
    signed=keeps_sign,
    family="Class activation",
    plain=(
        "Activations of every two places of the layer are compared with a kernel, and the map is the "
        "first component of that table. Neither the score nor a gradient enters. It answers where the "
        "layer's strongest pattern lies when patterns may be curved."
    ),
    fails=(
        "The map is the same for every class, so it explains no decision. Another kernel can show "
        "another place."
    ),
)
