"""When the pictures are looked at, and how much of the error each look may spend.

With at most N pictures there are L looks, at N, N/2, N/4, ... (rounded up) as long as FIRST pictures are
left. The error alpha is spent evenly over them,

    alpha*(l) = alpha l / L,      so that look l tests with alpha_l = alpha*(l) - alpha*(l - 1) = alpha / L,

which in t = pictures so far / N is the spending function alpha*(t) = alpha (1 + log2(t) / L). Each look keeps
to its own share, so the chance that any look calls a false difference is at most the sum of the shares,
alpha, whatever made the run stop. The bound adds the looks up. It does not use that they are correlated, and
so errs on the safe side.

Lan and DeMets, Discrete sequential boundaries for clinical trials, Biometrika 70, 1983 (spending functions);
Ye, Li, Liu and Yao, A group sequential Holm procedure, Statistics in Medicine 32, 2013."""

from __future__ import annotations

from dataclasses import dataclass

FIRST = 20  # pictures of the first look, where there are more


@dataclass(frozen=True)
class Look:
    """After `pictures` pictures all tests together may err with probability `alpha`."""

    pictures: int
    alpha: float


def looks(most: int, alpha: float) -> tuple[Look, ...]:
    """The looks of a run over at most `most` (>= 1) pictures; their alphas add up to `alpha`."""
    counts = [most]
    while -(-counts[-1] // 2) >= FIRST:
        counts.append(-(-counts[-1] // 2))
    return tuple(Look(count, alpha / len(counts)) for count in reversed(counts))
