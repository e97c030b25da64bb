"""Presets: the classic figures and comparisons, one click each."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

import xai_core as xai

from . import state
from .entries import read
from .fields import AUTO

_CLASSIC = {
    "methods": ("grad_cam",), "rows": "layer", "columns": "variant", "both": True,
    "relu": True, "counterfactual": False, "tile": AUTO,
}  # fmt: skip
_PLAIN = {
    "layers": (), "methods": (), "rows": "layer", "columns": "method", "both": False,
    "relu": True, "counterfactual": False, "tile": AUTO,
}  # fmt: skip


@dataclass(frozen=True)
class Preset:
    """A name, one line of help, and the fields it sets."""

    name: str
    about: str
    fields: dict[str, object]

    def apply(self) -> None:
        """Set the fields; the picture and its classes stay."""
        state.put(**self.fields)

    def chosen(self) -> bool:
        """Whether the page shows exactly this."""
        return all(state.get(key) == value for key, value in self.fields.items() if value != AUTO)


def _maps(name: str, about: str, text: str) -> Preset:
    return Preset(name, about, {"maps": read(text), "opened_map": AUTO})


def buttons(presets: tuple[Preset, ...]) -> None:
    """One button each, the one that is shown marked."""
    for number, preset in enumerate(presets):
        kind = "primary" if preset.chosen() else "secondary"
        st.button(preset.name, key=f"preset-{number}", type=kind, help=preset.about, on_click=preset.apply)


def head(title: str, presets: tuple[Preset, ...]) -> None:
    """The page's title over its presets."""
    st.title(title)
    with st.container(horizontal=True, gap="small"):
        buttons(presets)


GALLERY = (
    Preset("Layers × methods", "Three layers under four methods, for the model of your choice.", _PLAIN),
    Preset(
        "Lite0: blocks.4 against blocks.6",
        "Two layers, two classes; with ReLU, without, and counterfactual.",
        _CLASSIC | {"model": "efficientnet_lite0", "layers": ("blocks.4", "blocks.6")},
    ),
    Preset(
        "ResNet-50: layer3 against layer4",
        "Two layers, two classes; with ReLU, without, and counterfactual.",
        _CLASSIC | {"model": "resnet50", "layers": ("layer3", "layer4")},
    ),
    Preset(
        "VGG-16: features_25 against features_29",
        "Two layers, two classes; with ReLU, without, and counterfactual.",
        _CLASSIC | {"model": "vgg16", "layers": ("features.25", "features.29")},
    ),
)

COMPARE = (
    _maps(
        "Grad-CAM and guided",
        "Grad-CAM, Guided Backprop, and their product, Guided Grad-CAM.",
        "grad_cam,guided_backprop,guided_grad_cam",
    ),
    _maps(
        "Three gradients",
        "The course's three gradients: vanilla, SmoothGrad, Integrated Gradients.",
        "gradient,smooth_grad,integrated_gradients",
    ),
    _maps(
        "Occlusion 4 / 8 / 16",
        "Windows of 4, 8 and 16 pixels beside each other.",
        "occlusion~window=4~stride=4,occlusion,occlusion~window=16~stride=16",
    ),
    _maps(
        "Occlusion, blurred",
        "Windows of 16 pixels hidden by a weaker and a stronger blur, and by black.",
        "occlusion~window=16~stride=16~baseline=blur~blur=2,occlusion~window=16~stride=16~baseline=blur,"
        "occlusion~window=16~stride=16~baseline=blur~blur=25,occlusion~window=16~stride=16",
    ),
    _maps(
        "Against occlusion",
        "The classic comparison: Grad-CAM, Guided Grad-CAM and Guided Backprop against occlusion.",
        "grad_cam,guided_grad_cam,guided_backprop,occlusion~window=16~stride=16",
    ),
    _maps(
        "Black against white baseline",
        "Integrated Gradients from a black and from a white picture.",
        "integrated_gradients,integrated_gradients~baseline=white",
    ),
)


def _attack(name: str, about: str, attack: str, **fields: object) -> Preset:
    return Preset(name, about, {"attack": read(attack, xai.ATTACKS)[0], "towards": AUTO} | fields)


TABBY, TIGER_CAT, EGYPTIAN_CAT, OCARINA, ESPRESSO = 281, 282, 285, 684, 967

ADVERSARIAL = (
    _attack("PGD, ε 8", "Any other answer by a change of at most 8 of 255.", "pgd", study="picture"),
    _attack("FGSM, ε 8", "One step only.", "fgsm", study="picture"),
    _attack(
        "Espresso becomes ocarina", "A picture of one object, turned into a class of your choice.", "pgd",
        image="coffee", target=AUTO, towards=OCARINA, study="picture",
    ),
    _attack("Three pixels", "No gradient, three pixels.", "one_pixel~count=3", study="picture"),
    _attack("How strong must it be?", "From ε 1 to 32.", "pgd", study="strength", over="one"),
)  # fmt: skip

COUNTERFACTUAL = (
    Preset(
        "Two classes, two layers", "Plain and counterfactual maps of both classes.",
        {"question": "maps", "gradient_cam": "grad_cam"},
    ),
    Preset(
        "Cat or espresso?", "Two objects in one picture: the evidence for one speaks against the other.",
        {"image": "chelsea+coffee", "target": TIGER_CAT, "versus": ESPRESSO, "question": "contrast"},
    ),
    Preset(
        "Why tiger cat and not tabby?", "Two classes that look alike.",
        {"image": "chelsea", "target": TIGER_CAT, "versus": TABBY, "question": "contrast"},
    ),
    Preset(
        "Espresso, without the cat", "Take out what speaks against it, and see the class rise.",
        {"image": "chelsea+coffee", "target": ESPRESSO, "versus": EGYPTIAN_CAT, "question": "proof",
         "evidence": "against", "fill": "grey"},
    ),
    Preset(
        "Test a guess", "Choose a region, say what you expect, and compare with chance.",
        {"image": "chelsea", "question": "region"},
    ),
)  # fmt: skip


def _curves(name: str, about: str, text: str, **fields: object) -> Preset:
    return Preset(name, about, {"curve_maps": read(text)} | fields)


INSERTION = (
    _curves(
        "Grad-CAM and Guided Backprop", "Two maps beside a random one, 8 × 8 superpixels in all.",
        "grad_cam,guided_backprop", superpixel=28, curve_over="one",
    ),
    _curves(
        "Occlusion, SmoothGrad, Random on the samples",
        "Superpixels of 8 × 8 pixels, over the ten samples, with mean and band.",
        "occlusion,smooth_grad", superpixel=8, hidden_by="black", curve_over="set", set="samples",
    ),
    _curves(
        "Hidden by a blur", "The same with a blurred baseline, which leaves no edges.",
        "grad_cam,guided_backprop", superpixel=28, hidden_by="blur", curve_over="one",
    ),
)  # fmt: skip

RIGHT_WRONG = (
    Preset("Corrupted samples", "Noise, blur, contrast, rotation and occlusion in five strengths.",
           {"answers_of": "corruptions", "shown": 5, "surest": "most", "cell": ()}),
    Preset("CIFAR-10, ResNet-18: five right, five wrong", "The ten classes of CIFAR-10 at 32 × 32 pixels.",
           {"model": "resnet18_cifar10", "answers_of": "cifar10", "shown": 5, "surest": "most", "cell": (),
            "target": AUTO, "versus": AUTO}),
)  # fmt: skip

_BOXED = "grad_cam,grad_cam_plus_plus,layer_cam,guided_grad_cam,occlusion~window=28~stride=28"
LOCALIZATION = (
    Preset("Mosaics: five methods", "Two samples side by side: does the map find the half that is asked for?",
           {"boxed": "set", "boxes_of": "mosaics", "box_maps": read(_BOXED), "share": 20, "tolerance": 15}),
    Preset("One picture", "Boxes from the maps of this picture, beside the true one or one of your own.",
           {"boxed": "one"}),
    Preset("Chest X-rays", "DenseNet-121 and the boxes of NIH ChestX-ray14: the activated share per finding.",
           {"model": "densenet121_chestxray14", "boxed": "set", "boxes_of": "folder", "sorted_by":
            "activated_share", "target": AUTO, "versus": AUTO}),
)  # fmt: skip

_NAMES = {"part_of": "names", "concept": "", "kinds": (), "probed_layers": ()}
CONCEPTS = (
    Preset("Last three stages", "What the units of the last three stages answer to.",
           _NAMES | {"backend": "conse", "beside": ""}),
    Preset("Lite0 against Lite2", "Two networks of one family, side by side.",
           _NAMES | {"model": "efficientnet_lite0", "beside": "efficientnet_lite2", "backend": "conse"}),
    Preset("Colours and textures", "Network Dissection: overlap with pixel masks.",
           _NAMES | {"backend": "network_dissection", "beside": ""}),
    Preset("ResNet-18: ImageNet against Places365", "The last three layers, trained on things and on places.",
           _NAMES | {"model": "resnet18", "beside": "resnet18_places365", "backend": "conse"}),
)  # fmt: skip

_TRUSTED = "grad_cam,layer_cam,guided_backprop,gradient"
TRUST = (
    Preset("Four methods, four badges", "Trained against random weights.",
           {"check": "badges", "trust_maps": read(_TRUSTED)}),
    Preset("From the top layer down", "Cascading randomisation, as Adebayo et al. did it.",
           {"check": "layers", "trust_maps": read(_TRUSTED), "cascading": "cascading"}),
    Preset("Contrast against fidelity", "Does the map differ between classes, and does it matter?",
           {"check": "scatter", "trust_maps": read("grad_cam,integrated_gradients~steps=20,guided_backprop,"
                                                   "kernel_shap~samples=200~segments=30")}),
    Preset("Stable over seeds?", "SmoothGrad and Kernel SHAP under other random numbers.",
           {"check": "seeds",
            "seed_maps": read("smooth_grad~samples=10,kernel_shap~samples=100~segments=20")}),
)  # fmt: skip
