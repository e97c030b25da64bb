"""The fields that several pages share: model, picture, classes, look, and what sets of pictures are."""

from __future__ import annotations

import xai_core as xai
from xai_core.figures import DIVERGING, FORMS, SEQUENTIAL
from xai_core.types import FITS

from . import forms, visitors
from .fields import Field, choice, flag, on_off, whole

DEFAULT_MODEL = "efficientnet_lite0"
DEFAULT_IMAGE = "coffee+chelsea"  # two classes in one picture, so that the maps of both can be compared
DEFAULT_DRAWN = "shapes-2-36"  # the same for a network of drawn shapes
AUTO = -1  # the predicted class, or for the comparison the next best one
CONTRASTED = tuple(
    key
    for key, spec in xai.METHODS.items()
    if not spec.long and {"counterfactual", "contrast"} <= {param.name for param in spec.params}
)
TABBY, TIGER_CAT, EGYPTIAN_CAT, OCARINA, ESPRESSO = 281, 282, 285, 684, 967  # classes of ImageNet
AXES = ("layer", "method", "class", "variant")
# fields that let somebody in, so that they travel with no view that is handed on
KEYS = ("board", "take", "me", "results", "workbook", "follow", "seat", "lead")


FIELDS = (
    Field("model", DEFAULT_MODEL, forms.model),
    Field("image", DEFAULT_IMAGE, forms.image),
    Field("fit", "crop", choice(*FITS)),
    Field("target", AUTO, forms.index),
    Field("versus", AUTO, forms.index),
    Field("relu", True, flag, on_off, shown=("overview", "gallery", "counterfactual")),
    Field("form", "value", choice(*FORMS)),
    Field("colours", "inferno", choice(*SEQUENTIAL)),
    Field("signed_colours", "rdbu", choice(*DIVERGING)),
    Field("opacity", 70, whole(0, 100)),
    Field("cells", False, flag, on_off),
    Field("full_scale", False, flag, on_off),
    Field("own_scale", False, flag, on_off),
    Field("projector", False, flag, on_off),
    Field("badges", False, flag, on_off),
    Field("redrawn", "head", choice("head", "all", "prompt")),
    Field("board", "", forms.board),
    Field("set", "samples", visitors.set_of("samples", "upload", "folder")),
    Field("folder", "", str),
    Field("box", (35, 65, 35, 65), forms.box, forms.dashed),
    Field("labelled", "", str),
    Field("class_map", "", str),
    Field("limit", 0, whole(0, 1_000_000)),
    Field("threshold", "top", choice("top", "otsu")),
    Field("percent", 20, whole(1, 60)),
    Field("follow", "", forms.meeting),  # the code of a live meeting
    Field("seat", "", forms.key),  # who this is among those who follow
    Field("lead", "", forms.key),  # the key of who presents
)
