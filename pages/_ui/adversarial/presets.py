"""The presets of Adversarial: the classic figures and comparisons, one click each."""

from __future__ import annotations

import xai_core as xai

from ..state.entries import read
from ..state.shared import AUTO, OCARINA
from ..widgets.presets import Preset


def _attack(name: str, about: str, attack: str, **fields: object) -> Preset:
    return Preset(name, about, {"attack": read(attack, xai.ATTACKS)[0], "towards": AUTO} | fields)


PRESETS = (
    _attack("PGD, ε 8", "Any other answer by a change of at most 8 of 255.", "pgd", attack_part="picture"),
    _attack("FGSM, ε 8", "One step only.", "fgsm", attack_part="picture"),
    _attack(
        "Espresso becomes ocarina",
        "A picture of one object, turned into a class of your choice.",
        "pgd",
        image="coffee",
        target=AUTO,
        towards=OCARINA,
        attack_part="picture",
    ),
    _attack("Three pixels", "No gradient, three pixels.", "one_pixel~count=3", attack_part="picture"),
    _attack("How strong must it be?", "From ε 1 to 32.", "pgd", attack_part="strength", over="one"),
)
