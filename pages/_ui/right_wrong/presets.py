"""The presets of Right and wrong: the classic figures and comparisons, one click each."""

from __future__ import annotations

from ..state.shared import AUTO
from ..widgets.presets import Preset

PRESETS = (
    Preset(
        "Corrupted samples",
        "Noise, blur, contrast, rotation and occlusion in five strengths.",
        {"answers_of": "corruptions", "shown": 5, "surest": "most", "cell": ()},
    ),
    Preset(
        "CIFAR-10, ResNet-18: five right, five wrong",
        "The ten classes of CIFAR-10 at 32 × 32 pixels.",
        {
            "model": "resnet18_cifar10",
            "answers_of": "cifar10",
            "shown": 5,
            "surest": "most",
            "cell": (),
            "target": AUTO,
            "versus": AUTO,
        },
    ),
)
