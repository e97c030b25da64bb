"""The methods of Captum, on the unfolded network. Where they draw random numbers, they are given ours
(`captum_draws`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from ...network.scores import Score
from ...types import InputError
from .captum_draws import TABLE as DRAWN
from .case import KINKS, Case, Compute, Found

RECTIFIERS = (nn.ReLU6, nn.SiLU, nn.GELU, nn.Hardswish)  # of which Captum's rules know nothing


def _saliency(case: Case) -> Found:
    from captum.attr import Saliency

    found = Saliency(case.forward).attribute(case.x.clone().requires_grad_(), abs=False)
    return case.over_channels(found), KINKS


def _input_x_gradient(case: Case) -> Found:
    from captum.attr import InputXGradient

    found = InputXGradient(case.forward).attribute(case.x.clone().requires_grad_())
    return case.over_channels(found), KINKS


def _integrated_gradients(case: Case) -> Found:
    from captum.attr import IntegratedGradients

    library, steps = IntegratedGradients(case.forward), case.e.params["steps"]
    starts = case.backgrounds().split(1)
    found = [library.attribute(case.x.clone(), one, n_steps=steps, internal_batch_size=8) for one in starts]
    return case.over_channels(torch.cat(found).mean(0, keepdim=True)), KINKS


def _hooked(name: str) -> Compute:
    """Captum's guided backpropagation, or its deconvolution."""

    def run(case: Case) -> Found:
        import captum.attr

        own = case.own_copy()
        library = getattr(captum.attr, name)(own)
        found = library.attribute(case.x.clone().requires_grad_(), target=case.e.target)
        note = "Captum's rule covers ReLU alone and this network has other rectifiers, so the maps differ."
        return case.over_channels(found), note if _other_rectifiers(own) else ""

    return run


def _other_rectifiers(net: nn.Module) -> bool:
    return any(isinstance(module, RECTIFIERS) for module in net.modules())


class _Scored(nn.Module):
    """The score (N,) as the output of a network, since Captum's DeepLIFT takes modules alone."""

    def __init__(self, net: nn.Module, score: Score):
        super().__init__()
        self.net, self._score = net, score

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._score(self.net(x))


def _deep_lift(case: Case) -> Found:
    from captum.attr import DeepLift

    return _lifted(case, lambda own: DeepLift(own).attribute(case.x.clone(), case.baseline()))


def _deep_lift_shap(case: Case) -> Found:
    from captum.attr import DeepLift  # DeepLiftShap is its mean over all baselines, at once

    def each(own: nn.Module) -> torch.Tensor:
        starts = case.backgrounds().split(1)
        found = [DeepLift(own).attribute(case.x.clone(), one).detach() for one in starts]
        return torch.cat(found).mean(0, keepdim=True)

    return _lifted(case, each)


def _lifted(case: Case, attribute: Any) -> Found:
    own = _Scored(case.own_copy(), case.score)
    try:
        found = attribute(own)
    except (AssertionError, RuntimeError) as error:
        raise InputError(
            "Captum's DeepLIFT needs each activation to be a module that is called once, which this network "
            "does not have."
        ) from error
    if _other_rectifiers(own):
        return case.over_channels(found), (
            "Captum has no rule for some activations of this network and takes their gradient, so its map "
            "does not add up to the score's difference."
        )
    return case.over_channels(found), KINKS


def _occlusion(case: Case) -> Found:
    from captum.attr import Occlusion

    window, stride = case.e.params["window"], case.e.params["stride"]
    found = Occlusion(case.forward).attribute(
        case.x,
        (3, window, window),
        strides=(3, stride, stride),
        baselines=case.baseline(),
        perturbations_per_eval=8,
    )
    return found[0, 0].cpu().double().numpy(), ""


def _shapley_sampling(case: Case) -> Found:
    from captum.attr import ShapleyValueSampling

    generator = torch.Generator().manual_seed(case.e.seed)
    count, drawn = int(case.e.facts["superpixels"]), int(case.e.facts["samples"])
    orders = [torch.randperm(count, generator=generator).tolist() for _ in range(drawn)]
    library = ShapleyValueSampling(case.forward)
    library.permutation_generator = lambda _features, _samples: iter(orders)
    segments = torch.from_numpy(np.array(case.e.segments)).long().to(case.x.device)
    mask = segments[None, None].expand(1, 3, -1, -1).contiguous()
    with torch.no_grad():
        found = library.attribute(
            case.x, case.baseline(), feature_mask=mask, n_samples=drawn, perturbations_per_eval=8
        )
    return found[0, 0].cpu().double().numpy(), "Captum with the same orders."


TABLE: dict[str, Compute] = {
    "gradient": _saliency,
    "input_x_gradient": _input_x_gradient,
    "integrated_gradients": _integrated_gradients,
    "guided_backprop": _hooked("GuidedBackprop"),
    "deconvnet": _hooked("Deconvolution"),
    "deep_lift": _deep_lift,
    "deep_lift_shap": _deep_lift_shap,
    "occlusion": _occlusion,
    "shapley_sampling": _shapley_sampling,
    **DRAWN,
}
