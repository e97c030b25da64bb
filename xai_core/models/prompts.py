"""A list of text prompts as a classifier: an OpenCLIP model whose classes are the prompts.

    logit_k = s cos(image encoder(x), text encoder(prompt_k)) (+ b)     s, b: the model's own scale and bias

Trained with a softmax over captions, the probabilities are a softmax over the prompts; a model with a bias
(SigLIP) was trained with a sigmoid, and each prompt then fits or does not. The text encoder runs once, when
the network is built; what remains is the image encoder, a normalisation and one linear layer, so that every
method and page works. A map of such a network often shows the picture and not the prompt. `nonsense`
therefore gives the same network with prompts that mean nothing.

Radford et al., ICML 2021; Zhai et al., Sigmoid Loss for Language Image Pre-Training, ICCV 2023."""

from __future__ import annotations

import json
import logging
import random
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from ..disk import writing
from ..inputs.views import InputGrid
from ..network.handle import ModelHandle
from ..types import InputError
from .clip_files import check_clip, clip_file, clip_network, open_clip
from .own_settings import labels_of
from .own_store import FOLDER, NAME, STORED, check_name, models_folder, stored_name, unfinished
from .spec import Built, ModelSpec, WeightsFile

PREFIX, ENDING = "prompts/", ".prompts.json"
MOST_PROMPTS, MOST_LISTS = 1_000, 1_000  # each prompt passes the text encoder twice
WORDS, LETTERS = 3, (4, 7)  # of a nonsense prompt


class PromptClassifier(nn.Module):
    """An image encoder (N, 3, H, W) -> (N, D), a normalisation, and a linear layer whose rows are the
    embedded prompts (K, D) times the scale. `nonsense` (K, D) holds as many prompts that mean nothing."""

    nonsense: torch.Tensor

    def __init__(
        self, visual: nn.Module, texts: torch.Tensor, nonsense: torch.Tensor, scale: float, bias: float | None
    ):
        super().__init__()
        self.visual = visual
        self.head = nn.Linear(texts.shape[1], len(texts), bias=bias is not None)
        with torch.no_grad():
            self.head.weight.copy_(scale * F.normalize(texts, dim=1))
            if bias is not None:
                self.head.bias.fill_(bias)
        self.register_buffer("nonsense", scale * F.normalize(nonsense, dim=1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 3, H, W) -> (N, K) logits."""
        return self.head(F.normalize(self.visual(x), dim=-1))


def nonsense_prompt(number: int) -> str:
    """Three words of random letters, always the same for a number: "qvzkd ..."."""
    drawn = random.Random(number)
    return " ".join(
        "".join(drawn.choices(string.ascii_lowercase, k=drawn.randint(*LETTERS))) for _ in range(WORDS)
    )


def has_prompts(handle: ModelHandle) -> bool:
    """Whether the network's classes are prompts."""
    with handle.session() as net:
        return isinstance(net, PromptClassifier)


def nonsense(handle: ModelHandle) -> ModelHandle:
    """A handle to the same network with a nonsense prompt in the place of each. Raises InputError for a
    network whose classes are no prompts."""

    def change(net: nn.Module) -> None:
        if not isinstance(net, PromptClassifier):
            raise InputError(f"The classes of {handle.key!r} are no prompts.")
        net.head.weight.copy_(net.nonsense)

    return handle.variant(change)


def prompt_models() -> tuple[str, ...]:
    """The keys of all lists of prompts on this machine, by name."""
    found = sorted(file.name.removesuffix(ENDING) for file in models_folder().glob(f"*{ENDING}"))
    return tuple(PREFIX + name for name in found if NAME.fullmatch(name))


def add_prompts(
    name: str,
    prompts: Sequence[str],
    architecture: str = "ViT-B-16",
    tag: str = "openai",
    *,
    keeper: str | None = None,
) -> str:
    """Keep a list of two or more prompts on this machine as a classifier and return its key, "prompts/" and
    its name; with a `keeper`'s key it is not listed, as with `add_model`. `architecture` and `tag` name a
    model of open_clip. Raises InputError without the package, for an unknown model, for a name that is taken,
    for fewer than two prompts and for more than 1,000, and where the server keeps 1,000 lists."""
    check_name(name)
    if len(prompts) > MOST_PROMPTS:
        raise InputError(f"{len(prompts):,} prompts are given; 2 to {MOST_PROMPTS:,} are accepted.")
    told, single = labels_of(list(prompts))
    if single:
        raise InputError("One prompt is given; two or more are needed, as the answer is which fits best.")
    check_clip(architecture)
    stored = stored_name(name, keeper)
    path = models_folder() / f"{stored}{ENDING}"
    with unfinished() as made:  # a list appears whole, or not at all
        if len(list(models_folder().glob(f"*{ENDING}"))) >= MOST_LISTS:
            raise InputError(
                f"This server keeps {MOST_LISTS:,} lists of prompts, which is the most it accepts."
            )
        if path.exists():
            raise InputError(f"There are prompts {name!r} already; give these another name.")
        (made / path.name).write_text(json.dumps({"prompts": told, "architecture": architecture, "tag": tag}))
        (made / path.name).rename(path)
    return PREFIX + stored


def remove_prompts(key: str) -> None:
    """Delete a list of prompts. Raises InputError where there is none of that key, or nothing can be
    written."""
    with writing("Models", FOLDER):
        description(key).unlink()


def spec_for(key: str) -> ModelSpec:
    """Raises InputError for a list of prompts that is not on this machine."""
    told = _told(key)
    name = f"{told['architecture']} ({told['tag']})"
    about = f"{len(told['prompts'])} prompts before {name}."
    label = key.removeprefix(PREFIX).partition("@")[0]
    return ModelSpec(key, label, "prompts", told["architecture"], told["tag"], about, "")


def weights_file(spec: ModelSpec) -> WeightsFile:
    """The file of the OpenCLIP model, which serves any list of prompts."""
    return clip_file(spec.architecture, str(spec.tag))


def build(spec: ModelSpec, weights: Path | None) -> Built:
    """The image encoder behind which each class is a prompt."""
    prompts = tuple(_told(spec.key)["prompts"])
    net = clip_network(spec.architecture, str(spec.tag), weights, spec.key)
    return built(net, prompts, _grid(net, spec), open_clip().get_tokenizer(spec.architecture))


def built(net: Any, prompts: tuple[str, ...], grid: InputGrid, tokenizer: Any) -> Built:
    """A model of open_clip as a classifier of prompts; `tokenizer` turns strings into its tokens."""
    texts = [*prompts, *map(nonsense_prompt, range(len(prompts)))]
    with torch.no_grad():
        embedded = net.encode_text(tokenizer(texts))
        scale = float(net.logit_scale.exp())
    bias = getattr(net, "logit_bias", None)
    made = PromptClassifier(
        net.visual,
        embedded[: len(prompts)],
        embedded[len(prompts) :],
        scale,
        None if bias is None else float(bias.detach()),
    )
    return Built(made, prompts, grid, "softmax" if bias is None else "sigmoid")


def _grid(net: Any, spec: ModelSpec) -> InputGrid:
    size, library = net.visual.image_size, open_clip()
    height, width = (size, size) if isinstance(size, int) else size
    stated = library.get_pretrained_cfg(spec.architecture, spec.tag)
    mean = tuple(stated.get("mean", library.constants.OPENAI_DATASET_MEAN))
    std = tuple(stated.get("std", library.constants.OPENAI_DATASET_STD))
    return InputGrid((height, width), min(height, width), "bicubic", mean, std)


def description(key: str) -> Path:
    """The file that holds a list of prompts. Raises InputError where there is none of that key."""
    stored = key.removeprefix(PREFIX)
    path = models_folder() / f"{stored}{ENDING}"
    if not STORED.fullmatch(stored) or not path.is_file():
        raise InputError(
            f"There are no prompts {key!r} on this machine: they are known only where they were added "
            f"({', '.join(prompt_models()) or 'none were'})."
        )
    return path


def _told(key: str) -> dict[str, Any]:
    """What the list says. Raises InputError for a damaged one, with the reason in the log."""
    path = description(key)
    try:
        told = json.loads(path.read_bytes())
        prompts, single = labels_of(told["prompts"])
        if single or not all(isinstance(told[name], str) for name in ("architecture", "tag")):
            raise ValueError("no list of prompts")
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        logging.getLogger(__name__).info("%s is damaged: %s", path, error)
        raise InputError(f"The list of prompts {key!r} is damaged; remove it and add it again.") from error
    return told | {"prompts": prompts}
