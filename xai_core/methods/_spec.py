"""What a method declares about itself. Pages draw their widgets, captions and estimates from this alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from ..parameters import Param, complete, recorded
from ..types import LayerSpec, Params

SUPPLIED = (
    "net",
    "captured",
    "scorer",
    "x",
    "score",
    "logits",
    "layer",
    "activations",
    "gradients",
    "own_layers",
    "attention",
    "generator",
    "baseline",
    "backgrounds",
    "bounds",
    "segments",
    "patches",
    "hiding",
    "facts",
    "progress",
)
CLASSES = "classes"  # a method that compares classes, or reads their weights, cannot explain another score
NEEDS = ("convolution", "attention", "pooling", "patches", CLASSES)  # `models.traits` says what a network has
PLACES = ("pixel", "window", "superpixel", "patch", "cell")  # a cell is a place of a layer's grid
FAMILIES = ("Class activation", "Input gradients", "Attention", "Perturbation", "Control")
DIFFERENCE, WHOLE = "difference", "score"
ADDS_UP_TO = ("", DIFFERENCE, WHOLE)
Check = Callable[[Mapping[str, Any], Sequence[LayerSpec], tuple[int, int]], None]
OwnLayers = Callable[[Mapping[str, Any], Sequence[LayerSpec]], tuple[LayerSpec, ...]]
Start = Callable[[torch.Tensor, Mapping[str, Any]], torch.Tensor]
Passes = Callable[[LayerSpec | None, Mapping[str, Any], tuple[int, int]], int]


def _anything(_params: Mapping[str, Any], _layers: Sequence[LayerSpec], _size: tuple[int, int]) -> None:
    """The check of a method whose parameters go together as they please."""


@dataclass(frozen=True)
class MethodSpec:
    """A method of the registry.

    `run` is a plain function over a batch that returns a Tensor (N, h, w) in its own units, positive where
    the score is raised. `uses` names the arguments it takes, out of SUPPLIED; the engine supplies them, and
    one capture serves every method that uses activations or gradients; `captured` is the network that was
    captured, `net` the one in which every module computes what it says; `attention` is the attention of all
    blocks, read in one pass for all methods that ask. `params` become keyword arguments, except those that
    the engine applies itself: to the score (score, counterfactual, contrast), to the result (relu), and to
    what it supplies (baseline and blur; segmentation and segments; stages). `signed(params)` says whether the
    map may be negative, `passes(layer, params, size)` how many inputs it sends through a network whose input
    grid is `size`. `facts` names what the method measures about itself: it writes an array with one number an
    image into the supplied dictionary, under these names. `default_layer(net, x, layers)` finds the default
    layer where it is not the last stage. `own_layers(params, layers)` names the layers of a method that looks
    at several; it takes (activations, gradients) of each under that name. `odd` says that negated gradients
    give exactly the negated map, so that a counterfactual is a change of sign. `rate_by(params)` is what the
    seconds of one pass depend on. `check(params, layers, size)` raises InputError for parameters that do not
    go together, or not with the network's layers and input grid. `needs` names what the network must have,
    out of NEEDS; `cautions` has a sentence for what the method does not cover in a network that has it (by
    the same names). `colour` is the method's own in every chart. `plain` says in a paragraph of plain words
    how the map is made and what it answers; `fails` says when it misleads. `adds_up_to` says what the sum of
    the signed map is promised to be, over pixels or superpixels: DIFFERENCE, the score less the mean score of
    the baselines; WHOLE, the score (less what biases or softmax hold); "" where nothing is promised.
    `start(x, params)` is the input that takes the baseline's place in that sum, for a method that has no
    baseline. `places` says what one value of the map belongs to, out of PLACES, where `uses` does not
    tell."""

    key: str
    label: str
    run: Callable[..., torch.Tensor]
    uses: tuple[str, ...]
    params: tuple[Param, ...]
    formula: str
    paper: str
    url: str
    reading: str
    colour: str
    signed: Callable[[Mapping[str, Any]], bool]
    family: str
    passes: Passes = lambda layer, params, size: 1
    facts: Mapping[str, str] = field(default_factory=dict)
    default_layer: Callable[..., str] | None = None
    own_layers: OwnLayers | None = None
    odd: bool = False
    rate_by: Callable[[Mapping[str, Any]], tuple] = lambda params: ()
    check: Check = _anything
    needs: tuple[str, ...] = ()
    cautions: Mapping[str, str] = field(default_factory=dict)
    plain: str = ""
    fails: str = ""
    adds_up_to: str = ""
    places: str = ""
    start: Start | None = None

    def __post_init__(self) -> None:
        unknown = set(self.uses) - set(SUPPLIED)
        if unknown:
            raise ValueError(f"{self.key} uses {sorted(unknown)}; the engine supplies {SUPPLIED}.")
        of_params = {need for param in self.params for _, need in param.needs}
        if {*self.needs, *self.cautions, *of_params} - set(NEEDS):
            raise ValueError(f"{self.key} needs {self.needs}; what a network can have is {NEEDS}.")
        if ("own_layers" in self.uses) != (self.own_layers is not None):
            raise ValueError(f"{self.key} must both name own_layers and use them, or neither.")
        if self.adds_up_to not in ADDS_UP_TO:
            raise ValueError(f"{self.key} adds up to {self.adds_up_to!r}; what a map can is {ADDS_UP_TO}.")
        if self.places not in ("", *PLACES):
            raise ValueError(f"{self.key} has a value for each {self.places!r}; it can be {PLACES}.")
        if self.family not in FAMILIES:
            raise ValueError(f"{self.key} is of family {self.family!r}; the families are {FAMILIES}.")

    @property
    def layered(self) -> bool:
        """Whether the method looks at one chosen layer."""
        return bool({"layer", "activations", "gradients"} & set(self.uses))

    @property
    def takes_layer(self) -> bool:
        """Whether a person chooses its layer: it looks at one, and no other one is its own."""
        return self.layered and self.default_layer is None

    @property
    def class_specific(self) -> bool:
        """Whether the map depends on the class: something besides activations and attention enters."""
        return bool(set(self.uses) - {"layer", "activations", "attention", "generator"})

    @property
    def long(self) -> bool:
        """Whether the method needs more than one pass of its own, and so is worth an estimate."""
        return "progress" in self.uses

    def layers_of(self, params: Mapping[str, Any], layers: Sequence[LayerSpec]) -> tuple[LayerSpec, ...]:
        """The method's own layers; none if it looks at a chosen one, or at none."""
        return () if self.own_layers is None else self.own_layers(params, layers)

    def complete(self, given: Mapping[str, Any]) -> Params:
        """All parameters, checked, defaults filled in. Raises InputError for an unknown one."""
        return complete(self.params, given, self.key)

    def recorded(self, given: Mapping[str, Any]) -> Params:
        """The parameters of a kept map, which may lack those that came later; not checked."""
        return recorded(self.params, given)
