"""Random channel weights: the control that every class activation map has to beat.

    M = sum_k u_k A_k,   u_k uniform in [-1, 1)

It shows how much of a map is the layer's activation alone. The same seed gives the same weights for every
image."""

import torch

from ._family import RELU, keeps_sign, weighted_sum
from ._spec import MethodSpec


def random(activations: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """(N, C, h, w) activations -> (N, h, w)."""
    n, c = activations.shape[:2]
    weights = torch.rand(c, generator=generator, dtype=torch.float64) * 2 - 1
    return weighted_sum(weights.to(activations).expand(n, c), activations)


SPEC = MethodSpec(
    "random",
    "Random weights",
    random,
    ("activations", "generator"),
    (RELU,),
    formula=r"M=\sum_k u_k A_k,\quad u_k\sim U[-1,1)",
    paper="A control, not a method",
    url="https://arxiv.org/abs/1810.03292",
    reading="No explanation at all. A method whose map looks like this one has told you nothing.",
    colour="#9CA3AF",
    signed=keeps_sign,
    family="Control",
    plain=(
        "Each channel of the layer gets a random weight, and the weighted sum is shown. Neither the "
        "score nor a gradient enters. It answers how good a map looks that knows nothing, and every "
        "class activation map has to beat it."
    ),
    fails=(
        "It explains nothing. Where it looks like another map, that map owes its looks to the layer's "
        "activations."
    ),
)
