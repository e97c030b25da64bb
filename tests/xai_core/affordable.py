"""For tests that go through every method: layers and parameters under which each is quick, and equal maps."""

import numpy as np

import xai_core as xai

LAYERS = {
    **dict.fromkeys(("score_cam", "is_cam", "ss_cam"), "blocks.0"),
    **dict.fromkeys(("ablation_cam", "cam"), "bn2"),
    "full_grad": None,
}
PARAMS = {
    "is_cam": {"steps": 2},
    "ss_cam": {"samples": 2},
    "opti_cam": {"steps": 6},
    "smooth_grad": {"samples": 12},
    "smooth_grad_cam_plus_plus": {"samples": 12},
    "smooth_grad_squared": {"samples": 12},
    "var_grad": {"samples": 12},
    "integrated_gradients": {"steps": 12},
    "guided_ig": {"steps": 12},
    "blur_ig": {"steps": 12},
    "xrai": {"steps": 6},
    "gradient_shap": {"samples": 12},
    "deep_lift_shap": {"baseline": "noise"},
    "lrp": {"composite": "epsilon_gamma_box"},  # with values of both signs
    "occlusion": {"window": 56, "stride": 56},
    "rise": {"masks": 12},
    "extremal_perturbation": {"steps": 6},
    "hsic": {"masks": 12, "grid": 4},
    "sobol": {"designs": 4, "grid": 2},
    "lime": {"samples": 12, "segments": 8},
    "shapley_sampling": {"orders": 2, "segments": 8},
    "partition_shap": {"samples": 12},
    "kernel_shap": {"samples": 12, "segments": 8},
}

ATTENTION = [key for key, spec in xai.METHODS.items() if "attention" in spec.needs]
CONVOLUTIONAL = [key for key in xai.METHODS if key not in ATTENTION]  # what a network without attention takes


def same(one, other):
    return np.array_equal(one.heatmap, other.heatmap) and one.heatmap.dtype == other.heatmap.dtype
