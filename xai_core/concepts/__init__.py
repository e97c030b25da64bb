"""What units have learned: a name for every unit of a layer, from the pictures that it answers to.

`dissect` names units by CLIP-Dissect's similarities (back ends "conse" and "openclip") or by Network
Dissection; `embedded` and `folder` are probing sets; `record` gives the activations themselves."""

from .chance import interpretable
from .conse import Conse
from .naming import BACKENDS, dissect
from .openclip import OpenClip
from .probing import ProbingSet, embedded, folder
from .record import OUTPUT, Activations, record
from .similarity import SIMILARITIES
from .words import CATEGORIES, concepts

__all__ = [
    "BACKENDS",
    "CATEGORIES",
    "OUTPUT",
    "SIMILARITIES",
    "Activations",
    "Conse",
    "OpenClip",
    "ProbingSet",
    "concepts",
    "dissect",
    "embedded",
    "folder",
    "interpretable",
    "record",
]
