"""Saliency Lab's compute layer: ask an image classifier why, and get numbers back.

    import xai_core as xai
    handle = xai.load_model("efficientnet_lite0")
    image = xai.load_image("cat.jpg")
    e = xai.explain(handle, image, "grad_cam", target=282, layer="blocks.6")
    e.heatmap, e.upsampled()

No Streamlit here, and no figure: `xai_core.figures` draws what these functions return.
"""

from ._torchvision_operators import declare_missing_operators

declare_missing_operators()

from .attacks import ATTACKS, PerturbedImage, attack  # noqa: E402
from .concepts import dissect  # noqa: E402
from .engine.estimate import estimate, estimate_attack  # noqa: E402
from .engine.explain import check, explain, explain_each, explain_many, predict  # noqa: E402
from .engine.run import Coarse  # noqa: E402
from .inputs.images import load_image, to_png  # noqa: E402
from .inputs.samples import load_sample, mosaic, samples  # noqa: E402
from .methods import METHODS  # noqa: E402
from .metrics.insertion import Curves, curves, curves_many  # noqa: E402
from .models import MODELS, load_model  # noqa: E402
from .network.handle import ModelHandle  # noqa: E402
from .types import (  # noqa: E402
    Box,
    Cancelled,
    ClassScore,
    Explanation,
    ImageInput,
    InputError,
    LayerSpec,
    Request,
    WeightsMissing,
)

__all__ = [
    "ATTACKS",
    "METHODS",
    "MODELS",
    "Box",
    "Cancelled",
    "ClassScore",
    "Coarse",
    "Curves",
    "Explanation",
    "ImageInput",
    "InputError",
    "LayerSpec",
    "ModelHandle",
    "PerturbedImage",
    "Request",
    "WeightsMissing",
    "attack",
    "check",
    "curves",
    "curves_many",
    "dissect",
    "estimate",
    "estimate_attack",
    "explain",
    "explain_each",
    "explain_many",
    "load_image",
    "load_model",
    "load_sample",
    "mosaic",
    "predict",
    "samples",
    "to_png",
]
