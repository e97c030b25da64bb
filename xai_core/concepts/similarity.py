"""How well a concept describes a unit: the similarities of CLIP-Dissect.

q is (N, K), the activations of K units over N pictures; P is (N, M), how strongly each picture shows each of
M concepts. With p(t|x_i) = softmax_t(a P[i]), and B_k the n pictures that unit k answers to most,

    soft_wpmi       sum_{i in B_k} log(1 + w_i (p(t|x_i) - 1) + eps) - lam log p(t)
    wpmi            sum_{i in B_k} log(p(t|x_i) + eps) - lam log p(t)
    rank_reorder    -E_k(t) / sqrt(mean_{i in B_k} P[i, t]), E_k(t) = mean_i |q_i - q'_i|^3 / chance
    cosine          <q_k, P_t> / (|q_k| |P_t|)
    cosine_cubed    the same of the centred columns, each raised to the third power

p(t) is the mean of the first term's exponential over the K units; w falls with the rank in B_k from p_start
towards p_end. q' is the top 5 % of q_k put in the order in which the concept ranks those pictures, and chance
is the expectation of the same mean over all orders (the published code draws five). The parameters are those
of the published code: n = 100, a = 10, lam = 1, 0.998, 0.97 for soft_wpmi; n = 28, a = 2, lam = 0.6 for wpmi,
except that n is at most 5 % of the pictures (and at least 2): the published n are for tens of thousands. All
are (K, M), higher is closer; a unit that answers the same to every picture (for rank_reorder: to the top
ones) has NaN, and counts for nothing in p(t).

Oikarinen and Weng, CLIP-Dissect: Automatic Description of Neuron Representations in Deep Vision Networks,
ICLR 2023."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch

from ..types import InputError

EPS = 1e-7
FRACTION = 0.05  # of the pictures, at most, that count as those a unit answers to
LEAST_MEAN = 0.01  # rank_reorder divides by a root, and cosines may be negative
_BLOCK = 16  # units at a time, which bounds memory
_FACTORS = 20  # probabilities multiplied before a logarithm; none is below EPS, so none underflows


def similarity(name: str, q: np.ndarray, p: np.ndarray, layer: np.ndarray | None = None) -> np.ndarray:
    """float64 (K, M) for activations q (N, K) and concepts p (N, M). With `layer` (N, L), each unit of q is
    judged on its own as one more unit of that layer. Raises InputError for an unknown name, or shapes that do
    not match."""
    if name not in SIMILARITIES:
        raise InputError(f"similarity is {name!r}; accepted are {', '.join(SIMILARITIES)}.")
    if q.ndim != 2 or p.ndim != 2 or len(q) != len(p) or not q.size or not p.size:
        raise InputError(f"Activations {q.shape} and concepts {p.shape} must be over the same pictures.")
    live, concepts = _live(q), torch.from_numpy(np.asarray(p, np.float64))
    found = np.full((q.shape[1], p.shape[1]), np.nan)
    if live.shape[1]:
        others = {"layer": _live(layer)} if layer is not None and name in _RELATIVE else {}
        found[np.ptp(q, axis=0) > 0] = SIMILARITIES[name](live, concepts, **others).numpy()
    return found


def soft_wpmi(
    q: torch.Tensor,
    p: torch.Tensor,
    n: int = 100,
    a: float = 10,
    lam: float = 1,
    p_start: float = 0.998,
    p_end: float = 0.97,
    layer: torch.Tensor | None = None,
) -> torch.Tensor:
    """Soft weighted pointwise mutual information: a picture of lower rank belongs to B_k less surely."""
    shares = (a * p).softmax(1)
    n = _few(n, q)
    weights = (p_start - torch.arange(n, dtype=p.dtype) / n * (p_start - p_end))[:, None]

    def joint(best: torch.Tensor) -> torch.Tensor:
        factors = 1 + weights * (shares[best] - 1) + EPS
        return sum(part.prod(1).log() for part in factors.split(_FACTORS, 1))

    return _information(joint, q, n, lam, layer)


def wpmi(
    q: torch.Tensor,
    p: torch.Tensor,
    n: int = 28,
    a: float = 2,
    lam: float = 0.6,
    layer: torch.Tensor | None = None,
) -> torch.Tensor:
    """Weighted pointwise mutual information."""
    logs = ((a * p).softmax(1) + EPS).log()
    return _information(lambda best: logs[best].sum(1), q, _few(n, q), lam, layer)


def rank_reorder(
    q: torch.Tensor, p: torch.Tensor, fraction: float = FRACTION, power: int = 3
) -> torch.Tensor:
    """How far the top activations move when they are sorted by the concept instead."""
    n = _few(len(q), q, fraction)
    rows = []
    highest = q.sort(dim=0, descending=True, stable=True).values[:n].T  # (K, n)
    for best, top in zip(_tops(q, n), highest.split(_BLOCK), strict=True):
        shown = p[best]  # (B, n, M)
        ranks = shown.argsort(dim=1, stable=True).argsort(dim=1, stable=True)
        reordered = top.flip(1)[:, :, None].expand_as(shown).gather(1, ranks)
        error = ((top[:, :, None] - reordered).abs() ** power).mean(1)
        chance = ((top[:, :, None] - top[:, None, :]).abs() ** power).mean((1, 2))
        mean = shown.mean(1).clamp(min=LEAST_MEAN)
        rows.append(-(error / chance[:, None]) / mean.sqrt())
    return torch.cat(rows)


def cosine(q: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    """Of the columns as they are."""
    return _unit(q).T @ _unit(p)


def cosine_cubed(q: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    """Cubing lets the pictures count that a unit answers to most."""
    return _unit((q - q.mean(0)) ** 3).T @ _unit((p - p.mean(0)) ** 3)


SIMILARITIES: dict[str, Callable[..., torch.Tensor]] = {
    "soft_wpmi": soft_wpmi,
    "wpmi": wpmi,
    "rank_reorder": rank_reorder,
    "cosine": cosine,
    "cosine_cubed": cosine_cubed,
}
_RELATIVE = ("soft_wpmi", "wpmi")  # those with a p(t)


def _information(
    joint: Callable[[torch.Tensor], torch.Tensor],
    q: torch.Tensor,
    n: int,
    lam: float,
    layer: torch.Tensor | None,
) -> torch.Tensor:
    """log p(t|B_k) - lam log p(t), p(t) the mean of p(t|B_k) over the units: those of q, or each unit of q
    with those of the layer."""
    found = torch.cat([joint(best) for best in _tops(q, n)])
    if layer is None:
        return found - lam * (found.logsumexp(0) - np.log(len(found)))
    others = torch.cat([joint(best) for best in _tops(layer, n)])
    total = torch.logaddexp(others.logsumexp(0), found)
    return found - lam * (total - np.log(len(others) + 1))


def _live(q: np.ndarray) -> torch.Tensor:
    """The units that change from picture to picture."""
    return torch.from_numpy(np.asarray(q[:, np.ptp(q, axis=0) > 0], np.float64))


def few(pictures: int, n: int = 100, fraction: float = FRACTION) -> int:
    """How many of the pictures count as those that a unit answers to."""
    return min(n, pictures, max(2, int(pictures * fraction)))


def _few(n: int, q: torch.Tensor, fraction: float = FRACTION) -> int:
    return few(len(q), n, fraction)


def _tops(q: torch.Tensor, n: int) -> Iterator[torch.Tensor]:
    """The n pictures that each unit answers to most, best first, (B, n), for blocks of units."""
    order = q.argsort(dim=0, descending=True, stable=True)[:n].T
    yield from order.split(_BLOCK)


def _unit(columns: torch.Tensor) -> torch.Tensor:
    return columns / columns.norm(dim=0).clamp(min=1e-300)
