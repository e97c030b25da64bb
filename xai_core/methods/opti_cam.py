"""Opti-CAM: the mixture of channels through which the network sees the class best, found by gradient steps.

    M = sum_k softmax(u)_k max(0, A_k)        u maximises s(x * minmax(up(M)))

u starts equal for all channels and takes `steps` steps of Adam at learning rate `rate` (0.1 and 100 as in the
paper; torch's other defaults). `up` is bilinear to the input size without aligned corners, x the normalised
input. M is never negative and has no sign; there is no `relu` to switch off. The paper shows minmax(up(M));
here M keeps the layer's units. The authors' code is the same, except that it stops early when the score has
fallen between two of ten looks; here every step is taken. The fact "seen" is the score through the final map.

Known failures: the score is pushed up for this one network, so a map can find a way past it, as an attack
does, and the score through the map may lie above that of the picture; what no channel separates, the map
cannot either.

Zhang, Torres, Sicre, Avrithis and Ayache, Opti-CAM: Optimizing Saliency Maps for Interpretability, CVIU 2024.
"""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from ..network.batches import Progress, run_batches
from ..network.scores import Score
from ..parameters import Param
from ._family import CONTRAST, COUNTERFACTUAL
from ._spec import MethodSpec

START, SMALLEST = 0.5, 1e-12


def opti_cam(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    activations: torch.Tensor,
    progress: Progress,
    facts: dict[str, Any],
    steps: int = 100,
    rate: float = 0.1,
) -> torch.Tensor:
    """(N, 3, H, W) inputs and (N, C, h, w) activations -> (N, h, w), `steps` forward and backward passes and
    one forward pass an image."""
    maps, seen = [], []
    for i in range(len(x)):
        one, own, channels = x[i : i + 1], score.of(i), activations[i].clamp(min=0)
        maps.append(_best(scorer, one, own, channels, progress, steps, rate))
        with torch.inference_mode():
            seen.append(own(scorer(one * mask(maps[-1], one))))
        progress.note(1)
    facts["seen"] = torch.cat(seen)
    return torch.stack(maps)


def mask(values: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """minmax(up(M)): a map (h, w) on the grid of x (1, 3, H, W) -> (1, 1, H, W), 0 where M is constant."""
    large = F.interpolate(values[None, None], x.shape[2:], mode="bilinear", align_corners=False)
    low = large.amin()
    return (large - low) / (large.amax() - low).clamp(min=SMALLEST)


def _best(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    channels: torch.Tensor,
    progress: Progress,
    steps: int,
    rate: float,
) -> torch.Tensor:
    """The map (h, w) of channels (C, h, w) after all steps."""
    mixture = torch.full_like(channels[:, 0, 0], START).requires_grad_()
    optimizer = torch.optim.Adam([mixture], lr=rate)

    def combined() -> torch.Tensor:
        return torch.tensordot(mixture.softmax(0), channels, 1)

    def step(_start: int, _stop: int) -> torch.Tensor:
        with torch.enable_grad():
            picture = (x * mask(combined(), x)).contiguous(memory_format=torch.channels_last)
            found = score(scorer(picture))
            (mixture.grad,) = torch.autograd.grad(-found.sum(), mixture)
        optimizer.step()
        return found.detach()

    def look(_found: torch.Tensor, count: int) -> None:
        progress.show(combined().detach(), count, steps)

    run_batches(step, steps, x.device, progress, 1, look)
    return combined().detach()


SPEC = MethodSpec(
    "opti_cam",
    "Opti-CAM",
    opti_cam,
    ("scorer", "x", "score", "activations", "progress", "facts"),
    (
        COUNTERFACTUAL,
        CONTRAST,
        Param("steps", "int", 100, "Steps of Adam.", low=1, high=1000, step=10),
        Param("rate", "float", 0.1, "Learning rate of Adam.", low=0.001, high=1, step=0.05, label="Rate"),
    ),
    formula=r"M=\sum_k\mathrm{softmax}(u)_k\,\max(0,A_k),\quad "
    r"u=\arg\max s\bigl(x\odot\mathrm{minmax}(\mathrm{up}\,M)\bigr)",
    paper="Zhang et al., CVIU 2024",
    url="https://arxiv.org/abs/2301.07002",
    reading=(
        "The mixture of channels through which the network says the class loudest. It is made for this "
        "score, so a high score through it proves little."
    ),
    colour="#7FAE4B",
    signed=lambda params: False,
    family="Class activation",
    passes=lambda layer, params, size: params["steps"],
    facts={"seen": "Score of the picture seen through the map"},
    plain=(
        "The map is a mixture of the layer's channels, used as a mask on the picture. Gradient steps "
        "change the mixture until the score of the masked picture is as high as it gets. It answers "
        "which mixture of channels lets the network see the class best."
    ),
    fails=(
        "The score is pushed up for this one network, so the mask can find a way past it as an attack "
        "does. What no channel separates, the map cannot separate either."
    ),
)
