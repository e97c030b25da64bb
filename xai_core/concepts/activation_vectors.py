"""TCAV: does the logit of a class rise in the direction of a concept, more than in that of random pictures?

    v       = weights of the ridge regression of +1 (concept pictures) and -1 (others) on their activations
    S(x)    = d logit_target / d A(x) . v
    TCAV    = share of the pictures x with S(x) > 0

A concept is tested against several sets of other pictures, and its score is the mean over them. The control
are random sets of pictures that are treated as if each were a concept, against as many other sets. The test
compares the concept's score with theirs:

    t = (score - mean) / (sd sqrt(1 + 1 / m)),   m - 1 degrees of freedom, two-sided,

m random sets; p is multiplied by the number of concepts that are tested together (Bonferroni). The published
test compares single runs, of which many share one concept's pictures. They are not independent, so it finds
random sets significant too often; `by_runs` computes it for comparison.

The classifier is linear as in the paper. Ridge has a closed form: it needs only the products of activations
with one another (the Gram matrix) and with the gradients, in float64, so that many random sets cost little.

Kim et al., Interpretability Beyond Feature Attribution: Quantitative Testing with Concept Activation Vectors,
ICML 2018."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..types import InputError

RIDGE = 0.01  # of the mean squared length of the centred activations
LEVEL = 0.05
Numbers = Sequence[int] | np.ndarray  # of pictures


@dataclass(frozen=True, eq=False)
class Space:
    """Pictures of concepts and random pictures in a layer, and how the class changes there: `gram` (n, n) are
    the products of the activations with one another, `slopes` (N, n) those with the gradients of N pictures
    of the class. float64."""

    gram: np.ndarray
    slopes: np.ndarray

    @classmethod
    def of(cls, activations: np.ndarray, gradients: np.ndarray) -> Space:
        """From activations (n, D) and gradients (N, D)."""
        a, g = np.asarray(activations, np.float64), np.asarray(gradients, np.float64)
        if a.ndim != 2 or g.ndim != 2 or a.shape[1] != g.shape[1] or not a.size or not g.size:
            raise InputError(f"Activations {a.shape} and gradients {g.shape} must be equally wide matrices.")
        return cls(a @ a.T, g @ a.T)


@dataclass(frozen=True)
class Run:
    """One direction: the TCAV score, and the share of its pictures that the classifier puts on the right side
    when each is left out in turn."""

    score: float
    accuracy: float


def run(space: Space, concept: Numbers, others: Numbers) -> Run:
    """The direction from `others` to `concept`, both numbers of pictures. Raises InputError for an empty
    set."""
    if not len(concept) or not len(others):
        raise InputError(f"{len(concept)} concept pictures and {len(others)} others; both need at least 1.")
    rows = np.array([*concept, *others])
    y = np.r_[np.ones(len(concept)), -np.ones(len(others))]
    weights, fitted, leverage = _ridge(space.gram[np.ix_(rows, rows)], y)
    out = y - (y - fitted) / (1 - leverage)  # the value of each from the regression without it
    slopes = space.slopes[:, rows] @ weights
    return Run(float(np.mean(slopes > 0)), float(np.mean(out * y > 0)))


def _ridge(gram: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ridge regression with an intercept by the Gram matrix: the weight of each row in the direction, the
    values fitted, and the diagonal of the matrix that takes y to them."""
    n = len(y)
    centre = np.eye(n) - 1 / n
    middle = centre @ gram @ centre
    penalty = RIDGE * max(np.trace(middle) / n, np.finfo(float).tiny)
    solved = np.linalg.solve(middle + penalty * np.eye(n), centre)
    hat = middle @ solved + 1 / n
    return centre @ (solved @ y), hat @ y, hat.diagonal()


@dataclass(frozen=True)
class ConceptScore:
    """A concept against random sets: the mean TCAV score of its runs (0..1), the mean accuracy of its
    directions, p, p corrected for the number of concepts, and the scores of the runs."""

    name: str
    score: float
    accuracy: float
    p: float
    corrected: float
    runs: tuple[float, ...]

    @property
    def beats_control(self) -> bool:
        """Whether the score differs from those of random sets (corrected p below 0.05)."""
        return self.corrected < LEVEL


@dataclass(frozen=True)
class Scores:
    """Concepts, and the score of each random set treated as one (the control)."""

    concepts: tuple[ConceptScore, ...]
    control: tuple[float, ...]


def score_concepts(
    space: Space,
    concepts: Mapping[str, Numbers],
    pool: Numbers,
    sets: int = 40,
    runs: int = 10,
    seed: int = 0,
) -> Scores:
    """Every concept (numbers of pictures, as many for each) against `runs` random sets of the `pool`, and
    `sets` random sets in the same way. Raises InputError where the pool holds fewer than two sets, or the
    concepts are not of one size."""
    sizes = {len(own) for own in concepts.values()}
    if len(sizes) != 1:
        raise InputError(f"Concepts of {sorted(sizes)} pictures were given; as many for each are accepted.")
    (size,) = sizes
    if size < 2 or len(pool) < 2 * size or sets < 3 or runs < 1:
        raise InputError(
            f"{size} pictures a concept, {len(pool)} random ones, {sets} random sets and {runs} runs were "
            "given; at least 2, twice as many as a concept has, 3 and 1 are accepted."
        )
    rng = np.random.default_rng(seed)
    control = []
    for _ in range(sets):
        drawn = rng.choice(pool, size, replace=False)
        control.append(_mean(_runs(space, drawn, np.setdiff1d(pool, drawn), runs, rng)))
    found = []
    for name, own in concepts.items():
        each = _runs(space, own, pool, runs, rng)
        p = by_sets(_mean(each), control)
        accuracy = float(np.mean([one.accuracy for one in each]))
        scores = tuple(one.score for one in each)
        found.append(ConceptScore(name, _mean(each), accuracy, p, min(1.0, p * len(concepts)), scores))
    return Scores(tuple(found), tuple(control))


def _runs(space: Space, own: Numbers, pool: Numbers, runs: int, rng: np.random.Generator) -> list[Run]:
    return [run(space, own, rng.choice(pool, len(own), replace=False)) for _ in range(runs)]


def _mean(runs: list[Run]) -> float:
    return float(np.mean([one.score for one in runs]))


def by_sets(score: float, control: Sequence[float]) -> float:
    """p, two-sided: how often one more random set would have a score as far from the control's mean. Where
    all control scores are equal, 1 for that score, and for any other the least p of a rank, 1 / (m + 1)."""
    from scipy.stats import t

    m, mean, spread = len(control), float(np.mean(control)), float(np.std(control, ddof=1))
    if spread < 1e-12:
        return 1.0 if abs(score - mean) < 1e-12 else 1 / (m + 1)
    return float(2 * t.sf(abs(score - mean) / (spread * np.sqrt(1 + 1 / m)), m - 1))


def by_runs(runs: Sequence[float], control: Sequence[float]) -> float:
    """p of the published test: Student's t of a concept's runs against single runs of random sets. Not used
    for any finding."""
    from scipy.stats import t

    a, b = np.asarray(runs), np.asarray(control)
    free = len(a) + len(b) - 2
    pooled = (np.sum((a - a.mean()) ** 2) + np.sum((b - b.mean()) ** 2)) / free
    apart = abs(a.mean() - b.mean())
    if pooled < 1e-24:
        return float(apart < 1e-12)
    return float(2 * t.sf(apart / np.sqrt(pooled * (1 / len(a) + 1 / len(b))), free))
