"""The registry of methods. A new method is one file with a SPEC, and one line in this list."""

from ..parameters import Param
from ..types import InputError
from . import (
    ablation_cam,
    attention_gae,
    attention_rollout,
    attn_lrp,
    blur_ig,
    cam,
    contrastive_mwp,
    cp_lrp,
    deconvnet,
    deep_lift,
    deep_lift_shap,
    eigen_cam,
    eigen_grad_cam,
    excitation_backprop,
    extremal_perturbation,
    fem,
    finer_cam,
    full_grad,
    fused_cam,
    grad_cam,
    grad_cam_elementwise,
    grad_cam_plus_plus,
    gradient,
    gradient_rollout,
    gradient_shap,
    guided_backprop,
    guided_grad_cam,
    guided_ig,
    hires_cam,
    hsic,
    input_x_gradient,
    integrated_gradients,
    is_cam,
    kernel_shap,
    kpca_cam,
    layer_cam,
    legrad,
    lime,
    lrp,
    occlusion,
    opti_cam,
    partition_shap,
    random,
    raw_attention,
    rise,
    score_cam,
    shapley_cam,
    shapley_sampling,
    smooth_grad,
    smooth_grad_cam_plus_plus,
    smooth_grad_squared,
    sobol,
    ss_cam,
    var_grad,
    xgrad_cam,
    xrai,
)
from ._card import Card, card
from ._spec import DIFFERENCE, FAMILIES, NEEDS, PLACES, WHOLE, MethodSpec

__all__ = [
    "DIFFERENCE",
    "FAMILIES",
    "METHODS",
    "NEEDS",
    "PLACES",
    "WHOLE",
    "Card",
    "MethodSpec",
    "Param",
    "card",
    "find_method",
    "registry",
]

_LIST = (
    grad_cam.SPEC,
    grad_cam_plus_plus.SPEC,
    smooth_grad_cam_plus_plus.SPEC,
    xgrad_cam.SPEC,
    shapley_cam.SPEC,
    layer_cam.SPEC,
    grad_cam_elementwise.SPEC,
    hires_cam.SPEC,
    finer_cam.SPEC,
    eigen_grad_cam.SPEC,
    eigen_cam.SPEC,
    kpca_cam.SPEC,
    fem.SPEC,
    fused_cam.SPEC,
    cam.SPEC,
    score_cam.SPEC,
    is_cam.SPEC,
    ss_cam.SPEC,
    ablation_cam.SPEC,
    opti_cam.SPEC,
    full_grad.SPEC,
    excitation_backprop.SPEC,
    contrastive_mwp.SPEC,
    gradient.SPEC,
    input_x_gradient.SPEC,
    smooth_grad.SPEC,
    smooth_grad_squared.SPEC,
    var_grad.SPEC,
    integrated_gradients.SPEC,
    guided_ig.SPEC,
    blur_ig.SPEC,
    xrai.SPEC,
    gradient_shap.SPEC,
    deep_lift.SPEC,
    deep_lift_shap.SPEC,
    lrp.SPEC,
    guided_backprop.SPEC,
    guided_grad_cam.SPEC,
    deconvnet.SPEC,
    raw_attention.SPEC,
    attention_rollout.SPEC,
    gradient_rollout.SPEC,
    attention_gae.SPEC,
    legrad.SPEC,
    attn_lrp.SPEC,
    cp_lrp.SPEC,
    occlusion.SPEC,
    rise.SPEC,
    sobol.SPEC,
    hsic.SPEC,
    extremal_perturbation.SPEC,
    lime.SPEC,
    kernel_shap.SPEC,
    shapley_sampling.SPEC,
    partition_shap.SPEC,
    random.SPEC,
)


def registry(specs: tuple[MethodSpec, ...]) -> dict[str, MethodSpec]:
    """The specs by key, in order; raises ValueError if two share a key."""
    table: dict[str, MethodSpec] = {}
    for spec in specs:
        if spec.key in table:
            raise ValueError(f"Two methods have the key {spec.key!r}.")
        table[spec.key] = spec
    return table


METHODS: dict[str, MethodSpec] = registry(_LIST)


def find_method(key: str) -> MethodSpec:
    """The method of that key; raises InputError for any other."""
    if key not in METHODS:
        raise InputError(f"There is no method {key!r}; the methods are {', '.join(METHODS)}.")
    return METHODS[key]
