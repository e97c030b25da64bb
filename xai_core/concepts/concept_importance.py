"""What concepts do to a class: their importance, the answer without each, and which pixels they come from.

The activation of a picture is rebuilt from its concepts with their coefficients multiplied by m in [0, 1]^K,
the same at every place, and runs through the part of the network behind the layer:

    f(m) = logit_target(sum_k m_k U_k W_k),   importance_k = total Sobol index of m_k

The concepts leave out a part of the activation. `Importance.rebuilt` is the answer from the concepts alone;
where it is not the network's answer, the importances are those of another answer.

Fel et al., CRAFT: Concept Recursive Activation FacTorization for Explainability, CVPR 2023."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..network.attention import gradients
from ..network.batches import Progress, run_batches
from ..network.handle import ModelHandle
from ..network.observe import hooked
from ..network.scores import rank
from ..network.suffix import suffix
from ..types import ClassScore, ImageInput, IsCancelled, LayerSpec, OnProgress
from .factorization import coefficients, slopes
from .positive import positive_maps
from .total_effect import design, total_effects

POINTS = 128
BATCH = 32  # activations of one layer at a time behind it


@dataclass(frozen=True, eq=False)
class Importance:
    """`values` float64 (K,): the total index of each concept. `answer`, `rebuilt` and `without[k]` are all
    classes, best first: of the picture, from all its concepts, and from all but concept k."""

    values: np.ndarray
    target: int
    answer: tuple[ClassScore, ...]
    rebuilt: tuple[ClassScore, ...]
    without: tuple[tuple[ClassScore, ...], ...]


def concept_importance(
    handle: ModelHandle,
    image: ImageInput,
    layer: str,
    basis: np.ndarray,
    target: int | None = None,
    points: int = POINTS,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Importance:
    """The importance of the concepts `basis` (K, C) for class `target` (None: the predicted one) in one
    picture, by `points` * (K + 2) passes behind the layer. Raises InputError for an unknown layer or class,
    and for a layer with negative values."""
    spec, count = handle.layer(layer), len(basis)
    if target is not None:
        handle.check_target(target)
    masks = np.concatenate([np.ones((1, count)), 1 - np.eye(count), design(count, points, seed)])
    work = Progress(progress, cancelled, 1 + len(masks))
    x = handle.preprocess(image)
    weights = _weights(handle, x, spec, basis, work)
    with handle.session() as net, torch.no_grad():
        whole = net(x)[0].cpu().double()
        with suffix(net, x, spec) as behind:

            def run(start: int, stop: int) -> torch.Tensor:
                part = np.einsum("mk,kyx,kc->mcyx", masks[start:stop], weights, basis)
                return behind(torch.from_numpy(part).to(x)).cpu().double()

            logits = run_batches(run, len(masks), handle.device, work, BATCH)
    index = int(whole.argmax()) if target is None else target
    answers = [rank(z, handle.labels, handle.activation) for z in (whole, *logits[: count + 1])]
    values = total_effects(logits[count + 1 :, index].numpy(), count)
    return Importance(values, index, answers[0], answers[1], tuple(answers[2:]))


def concept_gradient(
    handle: ModelHandle, image: ImageInput, layer: str, basis: np.ndarray, concept: int
) -> np.ndarray:
    """float32 (H, W): |d u / d x| summed over the colours, with u the mean over all places of the concept's
    coefficient: from which pixels the concept comes.

    The derivative goes through the factorization (`factorization.slopes`), as in CRAFT's implicit
    differentiation. Raises InputError as `concept_importance` does."""
    spec, x = handle.layer(layer), handle.preprocess(image)
    weights = _weights(handle, x, spec, basis, Progress(total=1))
    places = weights.reshape(len(basis), -1)
    slope = slopes(places.T, basis, concept).T.reshape(1, -1, *weights.shape[1:]) / places.shape[1]
    kept: list[torch.Tensor] = []
    with handle.session() as net, torch.enable_grad():
        x = x.requires_grad_()
        with hooked(net, {spec.key: lambda _m, _i, output: kept.append(output.clone())}):
            net(x)
        output = kept[0].movedim(-1, 1) if spec.channels_last else kept[0]
        (found,) = gradients((output * torch.from_numpy(slope).to(output)).sum(), [x])
    handle.ledger.count(1)
    return found[0].abs().sum(0).float().cpu().numpy()


def _weights(
    handle: ModelHandle, x: torch.Tensor, spec: LayerSpec, basis: np.ndarray, work: Progress
) -> np.ndarray:
    """float64 (K, h, w): the picture's coefficients."""
    maps = positive_maps(handle, [x], spec, work)[0]
    found = coefficients(maps.reshape(len(maps), -1).T, basis)
    return found.T.reshape(len(basis), *maps.shape[1:])
