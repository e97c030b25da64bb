"""Ablation-CAM: weight each channel by the share of the score that is lost when it is set to zero.

    w_k = (s - s_k) / s        M = sum_k w_k A_k

s_k is the score with channel k of the layer at zero. Only the part of the network behind the layer runs
again, and of a transformer's last block only what reaches the logits. The published division by s turns the
sign of the whole map where s < 0; that is kept for a plain score, since it is the method. A difference of two
logits (`contrast`) is divided by |s|, so that positive still raises it, and the counterfactual negates the
weights. A channel that is zero everywhere loses nothing and is not run. In a token layer the channel is set
to zero in every token, also in front of the patches.

Desai and Ramaswamy, Ablation-CAM: Visual Explanations for Deep Convolutional Network via Gradient-free
Localization, WACV 2020.
"""

import dataclasses

import torch
from torch import nn

from ..network.batches import Progress, run_batches
from ..network.front_tokens import Without, front_tokens
from ..network.scores import Score
from ..network.suffix import suffix
from ..types import LayerSpec
from ._family import cam_spec, weighted_sum

# What one batch may hold. Above 64 rows nothing is gained; wide maps stop earlier, because the layers behind
# them often have more channels, and activations that leave the cache cost more than they save.
BATCH_ROWS, BATCH_PLACES, BATCH_ELEMENTS = 64, 32_000, 8_000_000


def ablation_cam(
    captured: nn.Module,
    x: torch.Tensor,
    score: Score,
    logits: torch.Tensor,
    layer: LayerSpec,
    activations: torch.Tensor,
    progress: Progress,
) -> torch.Tensor:
    """(N, 3, H, W) inputs and (N, C, h, w) activations -> (N, h, w), C passes behind the layer an image."""
    plain = dataclasses.replace(score, negate=False)
    whole = plain(logits)
    weights = []
    for i in range(len(x)):
        drop = whole[i] - ablated_scores(
            captured, x[i : i + 1], plain.of(i), whole[i], layer, activations[i], progress
        )
        weights.append(drop / (whole[i] if score.contrast is None else whole[i].abs()))
    stacked = torch.stack(weights)
    return weighted_sum(-stacked if score.negate else stacked, activations)


def ablated_scores(
    net: nn.Module,
    x: torch.Tensor,
    score: Score,
    whole: torch.Tensor,
    layer: LayerSpec,
    channels: torch.Tensor,
    progress: Progress,
) -> torch.Tensor:
    """s_k for each channel of one image: (1, 3, H, W) and (C, h, w) -> (C,); `whole` is s."""
    alive = channels.flatten(1).any(1).nonzero()[:, 0]
    scores = whole.repeat(len(channels))
    if not len(alive):
        return scores
    progress.note(1)  # the pass that recorded what lies in front of the layer
    with front_tokens(net, x, layer) as without:
        if without is not None:
            scores[alive] = _in_front(without, score, whole, alive, progress, _batch_rows(channels))
            return scores
    with suffix(net, x, layer) as run:
        spare: list[torch.Tensor] = []  # the last batch, whole again, for the next one

        def work(start: int, stop: int) -> torch.Tensor:
            copies = spare.pop() if spare else _repeat(channels, stop - start)
            batch, rows = copies[: stop - start], torch.arange(stop - start)
            batch[rows, alive[start:stop]] = 0
            version = batch._version
            found = score(run(batch, alive[start:stop]))
            if batch._version == version:  # else the network wrote into it
                batch[rows, alive[start:stop]] = channels[alive[start:stop]]
                spare.append(copies)
            return found

        scores[alive] = run_batches(work, len(alive), x.device, progress, _batch_rows(channels))
    return scores


def _in_front(
    without: Without, score: Score, whole: torch.Tensor, alive: torch.Tensor, progress: Progress, size: int
) -> torch.Tensor:
    """s_k of the channels `alive`. The score with none off is computed the same way, and what rounding makes
    of it is taken off: the differences s - s_k may be as small as that."""

    def work(start: int, stop: int) -> torch.Tensor:
        return score(without(alive[start:stop]))

    rounding = score(without(torch.full_like(alive[:1], -1))) - whole
    return run_batches(work, len(alive), alive.device, progress, size) - rounding


def _batch_rows(channels: torch.Tensor) -> int:
    """How many ablated copies of (C, h, w) run at once."""
    places = channels[0].numel()
    return max(8, min(BATCH_ROWS, BATCH_PLACES // places, BATCH_ELEMENTS // channels.numel()))


def _repeat(channels: torch.Tensor, times: int) -> torch.Tensor:
    return channels.expand(times, *channels.shape).clone(memory_format=torch.contiguous_format)


SPEC = cam_spec(
    "ablation_cam",
    "Ablation-CAM",
    ablation_cam,
    ("captured", "x", "score", "logits", "layer", "activations", "progress"),
    formula=r"w_k=\frac{s-s_k}{s},\quad s_k:\ A_k\ \text{set to}\ 0",
    paper="Desai and Ramaswamy, WACV 2020",
    url="https://doi.org/10.1109/WACV45572.2020.9093360",
    reading=(
        "Bright where channels are active that the score cannot do without. Measured, not estimated "
        "from gradients."
    ),
    colour="#A34B8E",
    passes=lambda layer, params, size: layer.channels,
    plain=(
        "Each channel of the layer is set to zero in turn, and the loss of score is measured. The share "
        "of the score that is lost is the channel's weight, and the map is the weighted sum of the "
        "channels. It answers where the features lie that the score cannot do without."
    ),
    fails=(
        "Channels that can stand in for each other lose nothing one by one, so all of them get no "
        "weight. Where the score is negative, the published division turns the sign of the whole map."
    ),
)
