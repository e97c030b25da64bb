"""The presets of Counterfactual: the classic figures and comparisons, one click each."""

from __future__ import annotations

from ..state.shared import EGYPTIAN_CAT, ESPRESSO, TABBY, TIGER_CAT
from ..widgets.presets import Preset

PRESETS = (
    Preset(
        "Two classes, one difference",
        "Why the class, and not the one beside it.",
        {"question": "contrast", "gradient_cam": "grad_cam"},
    ),
    Preset(
        "Two classes, two layers",
        "Plain and counterfactual maps of both classes.",
        {"question": "maps", "gradient_cam": "grad_cam"},
    ),
    Preset(
        "Cat or espresso?",
        "Two objects in one picture: the evidence for one speaks against the other.",
        {"image": "chelsea+coffee", "target": TIGER_CAT, "versus": ESPRESSO, "question": "contrast"},
    ),
    Preset(
        "Why tiger cat and not tabby?",
        "Two classes that look alike.",
        {"image": "chelsea", "target": TIGER_CAT, "versus": TABBY, "question": "contrast"},
    ),
    Preset(
        "Espresso, without the cat",
        "Take out what speaks against it, and see the class rise.",
        {
            "image": "chelsea+coffee",
            "target": ESPRESSO,
            "versus": EGYPTIAN_CAT,
            "question": "proof",
            "evidence": "against",
            "fill": "grey",
        },
    ),
    Preset(
        "Test a guess",
        "Choose a region, say what you expect, and compare with chance.",
        {"image": "chelsea", "question": "region"},
    ),
)
