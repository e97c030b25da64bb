"""Whether LIME's weights can be believed, in words."""

from __future__ import annotations

UNSTABLE = (
    0.7  # expected rank correlation with another draw, below which the order of the weights says too little
)
STABLE = 0.9  # from which on another draw gives nearly the same order
GOOD_FIT, FAIR_FIT = 0.75, 0.4  # R^2 of the linear model
USUAL, MOST = 1000, 10_000  # samples: LIME's default, and the most that its parameter accepts


def unstable(reliability: float) -> bool:
    """Whether as many new samples are expected to rank the superpixels differently."""
    return reliability < UNSTABLE


def more_samples(samples: int) -> int | None:
    """How many samples to allow after `samples` were too few; None where no more are accepted."""
    if samples < USUAL:
        return USUAL
    return min(MOST, 5 * samples) if samples < MOST else None


def believe(r2: float, reliability: float, samples: int) -> str:
    """Stability decides first: weights that another draw would rank differently say nothing, however well
    the linear model fits its own samples."""
    if unstable(reliability):
        return (
            f"No. Another {samples:,} samples would rank these superpixels differently, so do not rely on "
            "their order."
        )
    start = "Yes: a" if reliability >= STABLE and r2 >= GOOD_FIT else "In part: a"
    order = "nearly the same order" if reliability >= STABLE else "a similar order, not the same"
    return f"{start}nother {samples:,} samples would give {order}. {_fit(r2)}"


def _fit(r2: float) -> str:
    if r2 >= GOOD_FIT:
        return "The linear model follows the network well around this picture."
    if r2 >= FAIR_FIT:
        return "The linear model follows the network only in part."
    return "But the linear model hardly follows the network here, so the weights say little about it."


def weights_over_seeds(stable: int, count: int, seeds: int) -> str:
    """How many of the weights keep clear of zero over the seeds."""
    if not stable:
        return f"Over {seeds} seeds no superpixel's weight keeps clear of zero: this LIME is not stable."
    if stable < count / 2:
        return (
            f"Over {seeds} seeds only {stable} of {count} superpixels have a weight that keeps clear of "
            "zero: read no others."
        )
    return f"Over {seeds} seeds {stable} of {count} superpixels have a weight that keeps clear of zero."


def related(name: str, rhos: dict[str, float], count: int, chance: float) -> str:
    """Whether the overlap of maps goes with the complexity `name` of the pictures; `rhos` are rank
    correlations by map, and `chance` the size that unrelated numbers exceed once in twenty times."""
    listed = ", ".join(f"{label} {rho:+.2f}" for label, rho in rhos.items() if rho == rho).replace("-", "−")
    clear = [label for label, rho in rhos.items() if abs(rho) > chance]
    falling = [label for label in clear if rhos[label] < 0]
    rising = [label for label in clear if rhos[label] > 0]
    parts = [
        f"the simpler the picture, the more {' and '.join(falling)} agree with LIME" if falling else "",
        f"the simpler the picture, the less {' and '.join(rising)} agree with LIME" if rising else "",
    ]
    said = "; ".join(filter(None, parts))
    start = f"{said[0].upper()}{said[1:]}" if said else "No more than chance"
    return (
        f"{start}. Rank correlation of {name} with overlap: {listed or 'none exists'}. With {count} "
        f"pictures, less than ±{chance:.2f} is no more than chance gives."
    )
