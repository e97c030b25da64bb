"""All state of the app, read from top to bottom: what every page shares, then what each page adds."""

from __future__ import annotations

import xai_core as xai
from xai_core.board import is_board_key
from xai_core.concepts import BACKENDS, SIMILARITIES
from xai_core.figures import DIVERGING, SEQUENTIAL
from xai_core.metrics.fillers import FILLS
from xai_core.metrics.measures import SHARES
from xai_core.models import find_model
from xai_core.types import FITS

from . import entries
from .state import Field, choice, declare, flag, joined, on_off, whole, words

DEFAULT_MODEL = "efficientnet_lite0"
DEFAULT_IMAGE = "chelsea"
AUTO = -1  # the predicted class, or for the comparison the next best one
CONTRASTED = tuple(
    key for key, spec in xai.METHODS.items()
    if not spec.long and {"counterfactual", "contrast"} <= {param.name for param in spec.params}
)  # fmt: skip
AXES = ("layer", "method", "class", "variant")


def _model(text: str) -> str:
    return find_model(text).key


def _image(text: str) -> str:
    if text.startswith("upload:"):
        return text
    for key in text.replace(" ", "+").split("+"):  # a URL's plus may arrive as a space
        if key not in xai.samples():
            raise ValueError(f"The samples are {', '.join(xai.samples())}.")
    return text.replace(" ", "+")


def _board(text: str) -> str:
    if not is_board_key(text):
        raise ValueError("A pinboard has a key of 22 letters and digits.")
    return text


def _index(text: str) -> int:
    return whole(0, 1_000_000)(text)


def _method(text: str) -> str:
    return choice(*xai.METHODS)(text)


def _methods(text: str) -> tuple[str, ...]:
    return tuple(_method(word) for word in words(text))


def _maps(text: str) -> tuple[entries.Entry, ...]:
    return entries.read(text)


def _lime(text: str) -> entries.Entry:
    found = entries.read(text)
    if [entry.method for entry in found] != ["lime"]:
        raise ValueError("One map of lime is accepted.")
    return found[0]


def _map(text: str) -> entries.Entry:
    found = entries.read(text)
    if len(found) != 1:
        raise ValueError("One map is accepted.")
    return found[0]


def _beside(text: str) -> str:
    return _model(text) if text else ""


def _share(text: str) -> int:
    found = whole(SHARES[0], SHARES[-1])(text)
    if found not in SHARES:
        raise ValueError(f"A multiple of 5 from {SHARES[0]} to {SHARES[-1]} is accepted.")
    return found


def _one(entry: entries.Entry) -> str:
    return entries.write((entry,))


def _attack(text: str) -> entries.Entry:
    found = entries.read(text, xai.ATTACKS)
    if len(found) != 1:
        raise ValueError("One attack is accepted.")
    return found[0]


def _models(text: str) -> tuple[str, ...]:
    return tuple(_model(word) for word in words(text))


def _box(text: str) -> tuple[int, ...]:
    """left-right-top-bottom in per cent of the picture."""
    sides = tuple(whole(0, 100)(part) for part in text.split("-"))
    if len(sides) != 4 or sides[0] >= sides[1] or sides[2] >= sides[3]:
        raise ValueError("A box is left-right-top-bottom in per cent, for example 20-60-30-80.")
    return sides


def _side(text: str) -> int:
    if text == "0":  # SLIC segments instead of squares
        return 0
    return whole(4, 112)(text)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(whole(0, 9999)(part) for part in text.split(".") if part)


def _dashed(values: tuple[int, ...]) -> str:
    return "-".join(map(str, values))


def _dotted(values: tuple[int, ...]) -> str:
    return ".".join(map(str, values))


def _tile(text: str) -> int:
    return whole(0, 999)(text)


declare(
    Field("model", DEFAULT_MODEL, _model),
    Field("image", DEFAULT_IMAGE, _image),
    Field("fit", "crop", choice(*FITS)),
    Field("target", AUTO, _index),
    Field("versus", AUTO, _index),
    Field("relu", True, flag, on_off),
    Field("colours", "magma", choice(*SEQUENTIAL)),
    Field("signed_colours", "rdbu", choice(*DIVERGING)),
    Field("opacity", 55, whole(0, 100)),
    Field("cells", False, flag, on_off),
    Field("badges", False, flag, on_off),
    Field("redrawn", "head", choice("head", "all")),
    Field("board", "", _board),
    # Overview
    Field("method", "grad_cam", _method, page="overview"),
    Field("layer", "", str, page="overview"),
    Field("settings", "", str, page="overview"),
    Field("opened", False, flag, on_off, page="overview"),
    # CAM gallery
    Field("rows", "layer", choice(*AXES), page="gallery"),
    Field("columns", "method", choice(*AXES), page="gallery"),
    Field("layers", (), words, joined, page="gallery"),
    Field("methods", (), _methods, joined, page="gallery"),
    Field("both", False, flag, on_off, page="gallery"),
    Field("counterfactual", False, flag, on_off, page="gallery"),
    Field("shared", False, flag, on_off, page="gallery"),
    Field("tile", AUTO, _tile, page="gallery"),
    # Compare methods, and what it shares with LIME and CAM
    Field("maps", _maps("grad_cam,guided_backprop,guided_grad_cam"), _maps, entries.write, page="compare"),
    Field("opened_map", AUTO, _tile, page="compare"),
    # LIME and CAM
    Field("part", "picture", choice("picture", "set", "stability"), page="lime"),
    Field("lime", entries.Entry("lime").differing({"samples": 100}), _lime, _one, page="lime"),
    Field("set", "samples", choice("samples", "upload", "folder")),
    Field("folder", "", str),
    Field("seeds", 4, whole(2, 12), page="lime"),
    Field("complexity", "edges", choice("edges", "entropy", "regions"), page="lime"),
    # Counterfactual
    Field("question", "maps", choice("maps", "contrast", "proof", "region"), page="counterfactual"),
    Field("gradient_cam", "grad_cam", choice(*CONTRASTED), page="counterfactual"),
    Field("two_layers", (), words, joined, page="counterfactual"),
    Field("counter_tile", AUTO, _tile, page="counterfactual"),
    Field("evidence", "against", choice("against", "for"), page="counterfactual"),
    Field("fill", "grey", choice(*FILLS), page="counterfactual"),
    Field("removed", 20, whole(0, 60), page="counterfactual"),
    Field("shape", "box", choice("box", "superpixels"), page="counterfactual"),
    Field("box", (35, 65, 35, 65), _box, _dashed),
    Field("superpixels", (), _numbers, _dotted, page="counterfactual"),
    Field("expect", "falls", choice("falls", "rises", "stays"), page="counterfactual"),
    # Adversarial
    Field("attack", entries.Entry("pgd"), _attack, _one, page="adversarial"),
    Field("towards", AUTO, _index, page="adversarial"),
    Field("seed", 0, _index, page="adversarial"),
    Field("study", "picture", choice("picture", "strength", "pixel"), page="adversarial"),
    Field("over", "one", choice("one", "set"), page="adversarial"),
    Field("attacked_maps", ("grad_cam", "layer_cam"), _methods, joined, page="adversarial"),
    Field("attacked_tile", AUTO, _tile, page="adversarial"),
    Field("measure", "rank", choice("rank", "iou", "distance"), page="adversarial"),
    Field("attacked_models", (), _models, joined, page="adversarial"),
    # Insertion and deletion
    Field("curve_maps", _maps("grad_cam,guided_backprop"), _maps, entries.write, page="insertion"),
    Field("superpixel", 28, _side, page="insertion"),
    Field("hidden_by", "black", choice("black", "blur", "mean"), page="insertion"),
    Field("curve_score", "probability", choice("probability", "logit"), page="insertion"),
    Field("curve_over", "one", choice("one", "set"), page="insertion"),
    Field("curve_map", 0, _tile, page="insertion"),
    Field("step", 25, whole(0, 100), page="insertion"),
    # Trust check
    Field("check", "badges", choice("badges", "layers", "scatter", "seeds"), page="trust"),
    Field(
        "trust_maps", _maps("grad_cam,layer_cam,guided_backprop,gradient"), _maps, entries.write, page="trust"
    ),
    Field("cascading", "cascading", choice("cascading", "independent"), page="trust"),
    Field("alike", "rank", choice("rank", "ssim"), page="trust"),
    Field("trust_seeds", 3, whole(2, 8), page="trust"),
    Field("trust_tile", AUTO, _tile, page="trust"),
    # Right and wrong, Localization, and the datasets that both read
    Field(
        "answers_of", "corruptions", choice("corruptions", "mosaics", "cifar10", "folder"), page="right_wrong"
    ),
    Field("right_map", entries.Entry("grad_cam"), _map, _one, page="right_wrong"),
    Field("cell", (), _numbers, _dotted, page="right_wrong"),
    Field("shown", 5, whole(1, 10), page="right_wrong"),
    Field("surest", "most", choice("most", "least"), page="right_wrong"),
    Field("right_tile", AUTO, _tile, page="right_wrong"),
    Field("boxes_of", "mosaics", choice("mosaics", "folder"), page="localization"),
    Field("boxed", "set", choice("set", "one"), page="localization"),
    Field("box_maps", _maps("grad_cam,layer_cam,guided_grad_cam"), _maps, entries.write, page="localization"),
    Field("share", 20, _share, page="localization"),
    Field("tolerance", 15, whole(0, 100), page="localization"),
    Field("box_map", 0, _tile, page="localization"),
    Field("sorted_by", "iou", choice("iou", "energy", "activated_share"), page="localization"),
    Field("box_tile", AUTO, _tile, page="localization"),
    Field("true_box", AUTO, _tile, page="localization"),
    Field("labelled", "", str),
    Field("class_map", "", str),
    Field("limit", 0, whole(0, 1_000_000)),
    # Neuron concepts
    Field("part_of", "names", choice("names", "unit", "effect"), page="concepts"),
    Field("backend", BACKENDS[0], choice(*BACKENDS), page="concepts"),
    Field("similarity", "soft_wpmi", choice(*SIMILARITIES), page="concepts"),
    Field("probing", "samples", choice("samples", "folder"), page="concepts"),
    Field("probed_layers", (), words, joined, page="concepts"),
    Field("beside", "", _beside, page="concepts"),
    Field("concept", "", str, page="concepts"),
    Field("unit_layer", "", str, page="concepts"),
    Field("unit", AUTO, _index, page="concepts"),
    Field("units_off", (), _numbers, _dotted, page="concepts"),
    Field("kinds", (), words, joined, page="concepts"),
    Field("bars", "count", choice("count", "name"), page="concepts"),
    # Pinboard
    Field("showing", "arrange", choice("arrange", "present"), page="board"),
    Field("presented", 0, whole(0, 999), page="board"),
    # what several pages share
    Field("threshold", "top", choice("top", "otsu")),
    Field("percent", 20, whole(1, 60)),
)
