"""The presets of Trust check: the classic figures and comparisons, one click each."""

from __future__ import annotations

from ..state.entries import read
from ..widgets.presets import Preset

_TRUSTED = "grad_cam,layer_cam,guided_backprop,gradient"

PRESETS = (
    Preset(
        "Four methods, four badges",
        "Trained against random weights.",
        {"check": "badges", "trust_maps": read(_TRUSTED)},
    ),
    Preset(
        "From the top layer down",
        "Cascading randomisation, as Adebayo et al. did it.",
        {"check": "layers", "trust_maps": read(_TRUSTED), "cascading": "cascading"},
    ),
    Preset(
        "Contrast against fidelity",
        "Does the map differ between classes, and does it matter?",
        {
            "check": "scatter",
            "trust_maps": read(
                "grad_cam,integrated_gradients~steps=20,guided_backprop,kernel_shap~samples=200~segments=30"
            ),
        },
    ),
    Preset(
        "Stable over seeds?",
        "SmoothGrad and Kernel SHAP under other random numbers.",
        {"check": "seeds", "seed_maps": read("smooth_grad~samples=10,kernel_shap~samples=100~segments=20")},
    ),
    Preset(
        "Measured against noise",
        "What hiding parts of the picture costs, other classes, noisy pictures.",
        {
            "check": "measures",
            "trust_maps": read("grad_cam,input_x_gradient~aggregate=signed,guided_backprop"),
        },
    ),
)
