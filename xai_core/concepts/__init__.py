"""What units have learned: a name for every unit of a layer, from the pictures that it answers to.

`dissect` names units by CLIP-Dissect's similarities (back ends "conse" and "openclip") or by Network
Dissection; `embedded`, `varied`, `drawn` and `folder` are probing sets; `record` gives activations;
`evidence`, `ablate` and `without` go from units to one picture's answer; `head_layers` are the heads of
attention, which are units too; `study` and `output_layer` say how good names are.

`craft` and `deep_feature_factorization` find the concepts of a layer that go together in pictures, and
`concept_importance` says what they do to a class; `tcav` asks whether a class depends on a given concept."""

from .chance import interpretable
from .concept_importance import POINTS, Importance, concept_gradient, concept_importance
from .concept_maps import ConceptMaps, craft, deep_feature_factorization
from .conse import Conse
from .drawings import SHAPES, drawn
from .drawn_concepts import concept_pictures, random_pictures
from .evidence import Ablation, ablate, ablate_others, evidence, without
from .layers import OUTPUT, block_of, checked_layers, head_layers, is_heads, unit_layer
from .naming import BACKENDS, dissect
from .openclip import OpenClip
from .positive import never_negative
from .probing import ProbingSet, embedded, folder, varied
from .record import Activations, record
from .seen import rests_on, unit_maps
from .similarity import SIMILARITIES
from .summary import counts, only_in, shares
from .tcav import Tcav, tcav
from .validate import output_layer, study
from .words import CATEGORIES, concepts

__all__ = [
    "BACKENDS",
    "CATEGORIES",
    "OUTPUT",
    "POINTS",
    "SHAPES",
    "SIMILARITIES",
    "Ablation",
    "Activations",
    "ConceptMaps",
    "Conse",
    "Importance",
    "OpenClip",
    "ProbingSet",
    "Tcav",
    "ablate",
    "ablate_others",
    "block_of",
    "checked_layers",
    "concept_gradient",
    "concept_importance",
    "concept_pictures",
    "concepts",
    "counts",
    "craft",
    "deep_feature_factorization",
    "dissect",
    "drawn",
    "embedded",
    "evidence",
    "folder",
    "head_layers",
    "interpretable",
    "is_heads",
    "never_negative",
    "only_in",
    "output_layer",
    "random_pictures",
    "record",
    "rests_on",
    "shares",
    "study",
    "tcav",
    "unit_layer",
    "unit_maps",
    "varied",
    "without",
]
