"""What units have learned: a name for every unit of a layer, from the pictures that it answers to.

`dissect` names units by CLIP-Dissect's similarities (back ends "conse" and "openclip") or by Network
Dissection; `embedded`, `drawn` and `folder` are probing sets; `record` gives the activations themselves;
`evidence`, `ablate` and `without` go from units to one picture's answer; `head_layers` are the heads of
attention, which are units too; `study` and `output_layer` say how good names are."""

from .chance import interpretable
from .conse import Conse
from .drawings import SHAPES, drawn
from .evidence import Ablation, ablate, ablate_others, evidence, without
from .layers import OUTPUT, block_of, checked_layers, head_layers, is_heads, unit_layer
from .naming import BACKENDS, dissect
from .openclip import OpenClip
from .probing import ProbingSet, embedded, folder
from .record import Activations, record
from .seen import rests_on, unit_maps
from .similarity import SIMILARITIES
from .summary import counts, only_in, shares
from .validate import output_layer, study
from .words import CATEGORIES, concepts

__all__ = [
    "BACKENDS",
    "CATEGORIES",
    "OUTPUT",
    "SHAPES",
    "SIMILARITIES",
    "Ablation",
    "Activations",
    "Conse",
    "OpenClip",
    "ProbingSet",
    "ablate",
    "ablate_others",
    "block_of",
    "checked_layers",
    "concepts",
    "counts",
    "dissect",
    "drawn",
    "embedded",
    "evidence",
    "folder",
    "head_layers",
    "interpretable",
    "is_heads",
    "only_in",
    "output_layer",
    "record",
    "rests_on",
    "shares",
    "study",
    "unit_layer",
    "unit_maps",
    "without",
]
