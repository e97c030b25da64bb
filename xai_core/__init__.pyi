from . import (
    attacks,
    board,
    concepts,
    datasets,
    engine,
    evaluate,
    evaluation,
    figures,
    functional,
    inputs,
    known_truth,
    methods,
    metrics,
    models,
    network,
    scoring,
    studies,
    testing,
    trust_study,
    types,
)
from .attacks import ATTACKS, PerturbedImage, attack
from .concepts import craft, deep_feature_factorization, dissect, tcav
from .engine.estimate import estimate, estimate_attack
from .engine.explain import check, explain, explain_each, explain_many, predict
from .engine.run import Coarse
from .engine.usable import usable, why_not
from .inputs.images import load_image, to_png
from .inputs.samples import load_sample, mosaic, samples
from .methods import METHODS
from .metrics.insertion import Curves, curves, curves_many
from .models import MODELS, load_model
from .models.wrapped import wrap
from .network.handle import ModelHandle
from .types import (
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

__version__: str

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
    "attacks",
    "board",
    "check",
    "concepts",
    "craft",
    "curves",
    "curves_many",
    "datasets",
    "deep_feature_factorization",
    "dissect",
    "engine",
    "estimate",
    "estimate_attack",
    "evaluate",
    "evaluation",
    "explain",
    "explain_each",
    "explain_many",
    "figures",
    "functional",
    "inputs",
    "known_truth",
    "load_image",
    "load_model",
    "load_sample",
    "methods",
    "metrics",
    "models",
    "mosaic",
    "network",
    "predict",
    "samples",
    "scoring",
    "studies",
    "tcav",
    "testing",
    "to_png",
    "trust_study",
    "types",
    "usable",
    "why_not",
    "wrap",
]
