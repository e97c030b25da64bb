"""DeepLIFT-SHAP (Deep SHAP): DeepLIFT, averaged over several baselines.

    A_c = mean_b m_c(x, b) (x_c - b_c),   sum_c,ij A = s(x) - mean_b s(b)
    M = sum_c |A_c|        (or, signed, sum_c A_c)

m(x, b) are the multipliers of `deep_lift`. The mean approximates Shapley values for which a missing pixel is
one of the backgrounds', where the network is close to linear between the two. How far the identity is missed,
as a share of |s(x) - mean_b s(b)|, is reported as the completeness error; it holds nothing but rounding. It
equals Captum's DeepLiftShap where `deep_lift` equals Captum's DeepLift.

Known failures: those of `deep_lift`; a background that resembles the picture takes credit away from what both
show.

Lundberg and Lee, A Unified Approach to Interpreting Model Predictions, NeurIPS 2017.
"""

import torch
from torch import nn

from ..inputs.backgrounds import count_of
from ..network.batches import Progress, batch_size, run_batches
from ..network.multipliers import contributions
from ..network.scores import Score
from ._completeness import ERROR, missed
from ._family import CONTRAST
from ._hiding import BACKGROUNDS, BLUR
from ._inputs import AGGREGATE, is_signed, over_channels
from ._spec import DIFFERENCE, MethodSpec


def deep_lift_shap(
    captured: nn.Module,
    x: torch.Tensor,
    score: Score,
    backgrounds: torch.Tensor,
    progress: Progress,
    facts: dict,
    aggregate: str = "abs",
) -> torch.Tensor:
    """Maps (N, H, W) of inputs (N, 3, H, W) and `backgrounds` (S, 3, H, W): two forward passes and one
    backward pass for each background and image."""
    maps, errors = [], []
    for i in range(len(x)):
        one, own = x[i : i + 1], score.of(i)
        differences: list[torch.Tensor] = []

        def work(
            start: int, stop: int, one: torch.Tensor = one, own: Score = own, seen: list = differences
        ) -> torch.Tensor:
            some = backgrounds[start:stop]
            found, difference = contributions(captured, one.expand_as(some), some, own)
            seen.append(difference)
            progress.note(len(some))  # the backgrounds; run_batches counts the picture
            return found

        def look(found: torch.Tensor, count: int) -> None:
            mean = found.mean(0, keepdim=True)
            progress.show(over_channels(mean, aggregate)[0], count, len(backgrounds))

        size = batch_size(x.device, gradient=True)
        found = run_batches(work, len(backgrounds), x.device, progress, size, look)
        maps.append(found.mean(0, keepdim=True))
        errors.append(missed(maps[-1], torch.cat(differences).mean(0, keepdim=True))[0])
    facts["completeness_error"] = errors
    return over_channels(torch.cat(maps), aggregate)


SPEC = MethodSpec(
    "deep_lift_shap",
    "DeepLIFT-SHAP",
    deep_lift_shap,
    ("captured", "x", "score", "backgrounds", "progress", "facts"),
    (BACKGROUNDS, BLUR, AGGREGATE, CONTRAST),
    formula=r"M=\sum_c|\mathrm{mean}_b\,m_c(x,b)(x_c-b_c)|",
    paper="Lundberg and Lee, NeurIPS 2017",
    url="https://arxiv.org/abs/1705.07874",
    reading="What each pixel adds to the score's difference from other pictures, averaged over them.",
    colour="#86198F",
    signed=is_signed,
    family="Input gradients",
    passes=lambda layer, params, size: count_of(params["baseline"]),
    rate_by=lambda params: (count_of(params["baseline"]) > 1,),
    facts=ERROR,
    adds_up_to=DIFFERENCE,
    plain=(
        "DeepLIFT is done for several baselines, and its contributions are averaged. They add up to the "
        "score less the mean score of the baselines. It answers what each pixel adds compared with "
        "pictures like the baselines."
    ),
    fails=(
        "It shares DeepLIFT's failures, and a baseline that resembles the picture takes credit away "
        "from what both show. It equals Shapley values only where the network is close to linear "
        "between baseline and picture."
    ),
)
