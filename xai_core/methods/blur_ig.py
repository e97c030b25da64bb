"""Blur IG: Integrated Gradients on the way from the blurred picture to the sharp one.

    A_c = sum_t ds/dx_c(L(x, sigma_t + w / 2)) (L_c(x, sigma_t) - L_c(x, sigma_t + w)),   sigma_t = t w
    M = sum_c |A_c|        (or, signed, sum_c A_c)

L(x, sigma) is the picture under a Gaussian of sigma pixels that is cut off at 4 sigma, with zeros of the
normalised input (near its mean colour) outside the picture; t runs over 0..T - 1 with T = `steps`, and w =
`max_sigma` / T. How far sum A misses s(x) - s(L(x, max_sigma)), as a share of it, is reported as the
completeness error.

With the rule "sharp_end" the gradient is taken at L(x, sigma_t) and the change is -w dL/dsigma there, by a
difference quotient over 0.01 pixels. That is the sum of PAIR's saliency library, which is by the paper's
authors, and equals it in float64. Near sigma = 0 the derivative is 0, so that this sum misses what is lost
between the sharp picture and sigma_1, half a pixel with the library's settings; the first sum misses nothing
before a linear network. The paper's integral is the limit of both, of the second one up to the error of its
quotient. The library's other steps, even in sigma squared, are left out.

Known failures: what is as smooth as its blurred self gets nothing, such as the inside of an even area; a
network that takes the blurred picture for the class too (or for a class of blurred things) has its evidence
in the part that the sum does not see.

Xu, Venugopalan and Sundararajan, Attribution in Scale and Space, CVPR 2020.
"""

import torch
from torch import nn

from ..network.batches import Progress, batch_size, onto, run_batches
from ..network.scores import Score
from ..parameters import Param
from ._completeness import ERROR, path_error
from ._inputs import AGGREGATE, SCORE, input_gradients, is_signed, over_channels
from ._paths import coarse_first
from ._spec import DIFFERENCE, MethodSpec

MIDDLE, SHARP_END = "middle", "sharp_end"
QUOTIENT = 0.01  # pixels by which sigma grows in the difference quotient
CUT = 4.0  # standard deviations at which a Gaussian is cut off


def blur_ig(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    progress: Progress,
    facts: dict,
    steps: int = 100,
    max_sigma: float = 50.0,
    rule: str = MIDDLE,
    aggregate: str = "abs",
) -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, H, W), `steps` forward and backward passes an image."""
    width = max_sigma / steps
    sigmas = [int(t) * width for t in coarse_first(steps)]
    found, errors = [], []
    for i in range(len(x)):
        one, own, sharp = x[i : i + 1], score.of(i), x[i : i + 1].detach().cpu().double()

        def work(first: int, stop: int, sharp: torch.Tensor = sharp, own: Score = own) -> torch.Tensor:
            pairs = [terms(sharp, sigma, width, rule) for sigma in sigmas[first:stop]]
            places, changes = (
                onto(torch.cat(part).to(x.dtype), x.device) for part in zip(*pairs, strict=True)
            )
            return (changes * input_gradients(scorer, places, own)).sum(0, keepdim=True)

        def look(found: torch.Tensor, count: int) -> None:
            so_far = found.sum(0, keepdim=True) * (steps / count)
            progress.show(over_channels(so_far, aggregate)[0], count, steps)

        size = batch_size(x.device, gradient=True)
        found.append(run_batches(work, steps, x.device, progress, size, look).sum(0, keepdim=True))
        errors.append(path_error(scorer, one, strongest(one, max_sigma), own, found[-1]))
        progress.note(2)
    facts["completeness_error"] = torch.stack(errors)
    return over_channels(torch.cat(found), aggregate)


def terms(x: torch.Tensor, sigma: float, width: float, rule: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the gradient is taken in the step from sigma + width to sigma, and how the picture changes in it:
    shaped like `x` both."""
    if rule == MIDDLE:
        return blurred(x, sigma + width / 2), blurred(x, sigma) - blurred(x, sigma + width)
    place = blurred(x, sigma)
    return place, -width * (blurred(x, sigma + QUOTIENT) - place) / QUOTIENT


def strongest(x: torch.Tensor, max_sigma: float) -> torch.Tensor:
    """Where the way begins: `x` (N, 3, H, W) under the strongest blur, computed in float64."""
    return onto(blurred(x.detach().cpu().double(), max_sigma).to(x.dtype), x.device)


def blurred(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """(N, C, H, W) under a Gaussian of `sigma` pixels, with zeros outside: K x K' with a matrix for the rows
    and one for the columns, whose cost does not depend on sigma."""
    if sigma == 0:
        return x
    down, across = (gaussian_matrix(side, sigma).to(x) for side in x.shape[2:])
    return down @ x @ across.T


def gaussian_matrix(side: int, sigma: float) -> torch.Tensor:
    """float64 (side, side): row i holds the weights of a Gaussian around i that is cut off at CUT standard
    deviations and adds up to 1 where it does not reach beyond the edge."""
    radius = int(CUT * sigma + 0.5)
    places = torch.arange(-radius, radius + 1, dtype=torch.float64)
    weights = torch.exp(-0.5 * (places / sigma) ** 2)
    numbers = torch.arange(side, dtype=torch.float64)
    apart = (numbers[:, None] - numbers[None, :]).abs()
    found = torch.exp(-0.5 * (apart / sigma) ** 2) / weights.sum()
    return torch.where(apart <= radius, found, 0.0)


SPEC = MethodSpec(
    "blur_ig",
    "Blur IG",
    blur_ig,
    ("scorer", "x", "score", "progress", "facts"),
    (
        Param("steps", "int", 100, "Steps from the blurred to the sharp picture.", low=1, high=1000, step=10),
        Param(
            "max_sigma",
            "float",
            50.0,
            "Standard deviation of the strongest blur, in pixels.",
            low=1,
            high=200,
            step=5,
            label="Strongest blur",
        ),
        Param(
            "rule",
            "choice",
            MIDDLE,
            "Where the gradient of a step is taken: in its middle, or at its sharp end as in PAIR's library.",
            choices=(MIDDLE, SHARP_END),
        ),
        AGGREGATE,
        SCORE,
    ),
    formula=r"M=\sum_c\Bigl|\int_{\sigma_{\max}}^0\partial_{x_c}s\bigl(L(x,\sigma)\bigr)"
    r"\,\partial_\sigma L_c(x,\sigma)\,d\sigma\Bigr|",
    paper="Xu et al., CVPR 2020",
    url="https://arxiv.org/abs/2004.03383",
    reading=(
        "What each pixel adds to the score while the blurred picture becomes sharp. Even areas hardly "
        "change, so they get little."
    ),
    colour="#8B5CF6",
    signed=is_signed,
    family="Input gradients",
    passes=lambda layer, params, size: params["steps"],
    facts=ERROR,
    plain=(
        "The picture is blurred until nothing of it can be recognised, and becomes sharp again in small "
        "steps. At each step the gradient of the score is multiplied by how the pixels change. The map "
        "answers what each pixel adds to the score as detail appears. No colour serves as a baseline, so "
        "black and white things are treated alike."
    ),
    fails=(
        "Edges and texture get all the credit, because an even area does not change while it is blurred. The "
        "sum misses the score's difference where the score jumps between two steps; the completeness error "
        "says by how much."
    ),
    adds_up_to=DIFFERENCE,
    start=lambda x, params: strongest(x, params["max_sigma"]),
)
