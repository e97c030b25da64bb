"""All state of the app, read from top to bottom: what every page shares, then what each page adds."""

from __future__ import annotations

import xai_core as xai
from xai_core.concepts import BACKENDS, SIMILARITIES
from xai_core.figures import DIVERGING, SEQUENTIAL
from xai_core.metrics.fillers import FILLS
from xai_core.types import FITS

from . import entries, forms
from .state import Field, choice, declare, flag, joined, on_off, whole, words

DEFAULT_MODEL = "efficientnet_lite0"
DEFAULT_IMAGE = "chelsea"
AUTO = -1  # the predicted class, or for the comparison the next best one
CONTRASTED = tuple(
    key for key, spec in xai.METHODS.items()
    if not spec.long and {"counterfactual", "contrast"} <= {param.name for param in spec.params}
)  # fmt: skip
AXES = ("layer", "method", "class", "variant")


declare(
    Field("model", DEFAULT_MODEL, forms.model),
    Field("image", DEFAULT_IMAGE, forms.image),
    Field("fit", "crop", choice(*FITS)),
    Field("target", AUTO, forms.index),
    Field("versus", AUTO, forms.index),
    Field("relu", True, flag, on_off),
    Field("colours", "magma", choice(*SEQUENTIAL)),
    Field("signed_colours", "rdbu", choice(*DIVERGING)),
    Field("opacity", 55, whole(0, 100)),
    Field("cells", False, flag, on_off),
    Field("badges", False, flag, on_off),
    Field("redrawn", "head", choice("head", "all")),
    Field("board", "", forms.board),
    # Overview
    Field("method", "grad_cam", forms.method, page="overview"),
    Field("layer", "", str, page="overview"),
    Field("settings", "", str, page="overview"),
    Field("opened", False, flag, on_off, page="overview"),
    # CAM gallery
    Field("rows", "layer", choice(*AXES), page="gallery"),
    Field("columns", "method", choice(*AXES), page="gallery"),
    Field("layers", (), words, joined, page="gallery"),
    Field("methods", (), forms.methods, joined, page="gallery"),
    Field("both", False, flag, on_off, page="gallery"),
    Field("counterfactual", False, flag, on_off, page="gallery"),
    Field("shared", False, flag, on_off, page="gallery"),
    Field("tile", AUTO, forms.tile, page="gallery"),
    # Compare methods, and what it shares with LIME and CAM
    Field(
        "maps",
        forms.maps("grad_cam,guided_backprop,guided_grad_cam"),
        forms.maps,
        entries.write,
        page="compare",
    ),
    Field("opened_map", AUTO, forms.tile, page="compare"),
    # LIME and CAM
    Field("part", "picture", choice("picture", "set", "stability"), page="lime"),
    Field("lime", entries.Entry("lime").differing({"samples": 100}), forms.lime, forms.one, page="lime"),
    Field("set", "samples", choice("samples", "upload", "folder")),
    Field("folder", "", str),
    Field("seeds", 4, whole(2, 12), page="lime"),
    Field("complexity", "edges", choice("edges", "entropy", "regions"), page="lime"),
    # Counterfactual
    Field("question", "maps", choice("maps", "contrast", "proof", "region"), page="counterfactual"),
    Field("gradient_cam", "grad_cam", choice(*CONTRASTED), page="counterfactual"),
    Field("two_layers", (), words, joined, page="counterfactual"),
    Field("counter_tile", AUTO, forms.tile, page="counterfactual"),
    Field("evidence", "against", choice("against", "for"), page="counterfactual"),
    Field("fill", "grey", choice(*FILLS), page="counterfactual"),
    Field("removed", 20, whole(0, 60), page="counterfactual"),
    Field("shape", "box", choice("box", "superpixels"), page="counterfactual"),
    Field("box", (35, 65, 35, 65), forms.box, forms.dashed),
    Field("superpixels", (), forms.numbers, forms.dotted, page="counterfactual"),
    Field("expect", "falls", choice("falls", "rises", "stays"), page="counterfactual"),
    # Adversarial
    Field("attack", entries.Entry("pgd"), forms.attack, forms.one, page="adversarial"),
    Field("towards", AUTO, forms.index, page="adversarial"),
    Field("seed", 0, forms.index, page="adversarial"),
    Field("study", "picture", choice("picture", "strength", "pixel"), page="adversarial"),
    Field("over", "one", choice("one", "set"), page="adversarial"),
    Field("attacked_maps", ("grad_cam", "layer_cam"), forms.methods, joined, page="adversarial"),
    Field("attacked_tile", AUTO, forms.tile, page="adversarial"),
    Field("measure", "rank", choice("rank", "iou", "distance"), page="adversarial"),
    Field("attacked_models", (), forms.models, joined, page="adversarial"),
    # Insertion and deletion
    Field("curve_maps", forms.maps("grad_cam,guided_backprop"), forms.maps, entries.write, page="insertion"),
    Field("superpixel", 28, forms.side, page="insertion"),
    Field("hidden_by", "black", choice("black", "blur", "mean"), page="insertion"),
    Field("curve_score", "probability", choice("probability", "logit"), page="insertion"),
    Field("curve_over", "one", choice("one", "set"), page="insertion"),
    Field("curve_map", 0, forms.tile, page="insertion"),
    Field("step", 25, whole(0, 100), page="insertion"),
    # Trust check
    Field("check", "badges", choice("badges", "layers", "scatter", "seeds"), page="trust"),
    Field(
        "trust_maps",
        forms.maps("grad_cam,layer_cam,guided_backprop,gradient"),
        forms.maps,
        entries.write,
        page="trust",
    ),
    Field("cascading", "cascading", choice("cascading", "independent"), page="trust"),
    Field("alike", "rank", choice("rank", "ssim"), page="trust"),
    Field("trust_seeds", 3, whole(2, 8), page="trust"),
    Field(
        "seed_maps",
        forms.maps("smooth_grad~samples=10,kernel_shap~samples=100~segments=20"),
        forms.maps,
        entries.write,
        page="trust",
    ),
    Field("trust_tile", AUTO, forms.tile, page="trust"),
    # Right and wrong, Localization, and the datasets that both read
    Field(
        "answers_of", "corruptions", choice("corruptions", "mosaics", "cifar10", "folder"), page="right_wrong"
    ),
    Field("right_map", entries.Entry("grad_cam"), forms.entry, forms.one, page="right_wrong"),
    Field("cell", (), forms.numbers, forms.dotted, page="right_wrong"),
    Field("shown", 5, whole(1, 10), page="right_wrong"),
    Field("surest", "most", choice("most", "least"), page="right_wrong"),
    Field("right_tile", AUTO, forms.tile, page="right_wrong"),
    Field("boxes_of", "mosaics", choice("mosaics", "folder"), page="localization"),
    Field("boxed", "set", choice("set", "one"), page="localization"),
    Field(
        "box_maps",
        forms.maps("grad_cam,layer_cam,guided_grad_cam"),
        forms.maps,
        entries.write,
        page="localization",
    ),
    Field("share", 20, forms.share, page="localization"),
    Field("tolerance", 15, whole(0, 100), page="localization"),
    Field("box_map", 0, forms.tile, page="localization"),
    Field("sorted_by", "iou", choice("iou", "energy", "activated_share"), page="localization"),
    Field("box_tile", AUTO, forms.tile, page="localization"),
    Field("true_box", AUTO, forms.tile, page="localization"),
    Field("labelled", "", str),
    Field("class_map", "", str),
    Field("limit", 0, whole(0, 1_000_000)),
    # Neuron concepts
    Field("part_of", "names", choice("names", "unit", "effect"), page="concepts"),
    Field("backend", BACKENDS[0], choice(*BACKENDS), page="concepts"),
    Field("similarity", "soft_wpmi", choice(*SIMILARITIES), page="concepts"),
    Field("probing", "samples", choice("samples", "folder"), page="concepts"),
    Field("probed_layers", (), words, joined, page="concepts"),
    Field("beside", "", forms.beside, page="concepts"),
    Field("concept", "", str, page="concepts"),
    Field("unit_layer", "", str, page="concepts"),
    Field("unit", AUTO, forms.index, page="concepts"),
    Field("units_off", (), forms.numbers, forms.dotted, page="concepts"),
    Field("kinds", (), words, joined, page="concepts"),
    Field("bars", "count", choice("count", "name"), page="concepts"),
    # Trust study: what the host chooses, then whose link this is
    Field("judged", (DEFAULT_MODEL, "efficientnet_lite2"), forms.pair, joined, page="study"),
    Field("judged_by", ("grad_cam", "guided_backprop"), forms.methods, joined, page="study"),
    Field("judged_on", "samples", choice("samples", "corruptions", "folder", "upload"), page="study"),
    Field("questions", 8, whole(1, 200), page="study"),
    Field("guess_first", False, flag, on_off, page="study"),
    Field("study_seed", 0, forms.index, page="study"),
    Field("days", 30, whole(1, 365), page="study"),
    *(Field(key, "", str, page="study") for key in ("take", "me", "results")),
    # Pinboard
    Field("showing", "arrange", choice("arrange", "present"), page="board"),
    Field("presented", 0, whole(0, 999), page="board"),
    # what several pages share
    Field("threshold", "top", choice("top", "otsu")),
    Field("percent", 20, whole(1, 60)),
)
