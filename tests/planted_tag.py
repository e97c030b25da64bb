"""A planted cheat: the embedded network's head refitted on frozen features, with a tag on p % of one class.

The pictures are drawn shapes of two classes, and the tag is a small photograph in a corner. A network for
which p % of one class carry the tag learns what the tag stands for. One for which as many of both classes
carry it is clean: the tag tells nothing."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import xai_core as xai
from xai_core.datasets import Dataset, Example
from xai_core.inputs import shapes
from xai_core.inputs.samples import square
from xai_core.testing.regions import stamped

NAMES = ("disc", "heart")
REGION = "0.7 0.7 1 1"
SIDE = 128
ALLOWED = 0.5  # of the map inside the region: a cell of the coarse map is as large as most of it
KEPT = 40  # pictures that nothing is fitted on
SHRUNK = 0.1  # C of the logistic regression; its weights are then scaled to fit the probabilities


@dataclass(frozen=True)
class Pictures:
    """Pictures of two classes to fit on and to check with, in equal numbers, and their features."""

    labels: tuple[str, str]
    fit: tuple[Example, ...]
    check: Dataset
    plain: torch.Tensor
    tagged: torch.Tensor
    net: torch.nn.Module


def tag(folder: Path) -> Path:
    """The tag as a picture file: a cat."""
    path = folder / "tag.png"
    Image.fromarray(square(xai.load_sample("chelsea").pixels, 64)).save(path)
    return path


def pictures(lite0: xai.ModelHandle, mark: Path, each: int = 60, first: int = 0) -> Pictures:
    """Drawn pictures with the features that the frozen network gives of them, with the tag and without;
    drawings from number `first` on."""
    found: dict[str, list[Example]] = {name: [] for name in NAMES}
    number = first
    while min(map(len, found.values())) < each + KEPT // 2:
        key = shapes.key_of(number, 1)
        (box,) = shapes.boxes_in(key)
        if box.label in found:
            target = (NAMES.index(box.label),)
            found[box.label].append(
                Example(f"{key} {box.label}", key, box.label, target, (box,), (shapes.SIDE,) * 2)
            )
        number += 1
    fit = tuple(example for own in found.values() for example in own[:each])
    kept = [example for own in found.values() for example in own[each : each + KEPT // 2]]
    with lite0.session() as net:
        own = copy.deepcopy(net)
    plain = _features(own, fit, None)
    return Pictures(NAMES, fit, Dataset("shapes", tuple(kept)), plain, _features(own, fit, mark), own)


def refitted(found: Pictures, percent: float, clean: bool = False, seed: int = 0) -> xai.ModelHandle:
    """The network with a head of its own, fitted with the tag on so many per cent of the first class, and of
    the second where it is to be clean."""
    from sklearn.linear_model import LogisticRegression

    targets = np.array([example.target for example in found.fit])
    features = found.plain.clone()
    for label in (0, 1) if clean else (0,):
        chosen = tagged(found, percent, label, seed)
        features[chosen] = found.tagged[chosen]
    direction = LogisticRegression(C=SHRUNK, max_iter=500).fit(features.numpy(), targets).coef_[0]
    scale = LogisticRegression(C=1e3).fit((features.numpy() @ direction)[:, None], targets)
    weight = torch.tensor(direction * scale.coef_[0, 0]).float()
    bias = torch.tensor(scale.intercept_).float()
    net = copy.deepcopy(found.net)
    layer = torch.nn.Linear(features.shape[1], 2)
    with torch.no_grad():  # the logit of a class is half of what divides the two
        layer.weight.copy_(torch.stack([-weight, weight]) / 2)
        layer.bias.copy_(torch.cat([-bias, bias]) / 2)
    net.classifier = layer
    half = (0.5, 0.5, 0.5)
    key = f"{'clean' if clean else 'planted'} {percent:g} %"
    return xai.wrap(net, (SIDE, SIDE), half, half, labels=found.labels, key=key)


def tagged(found: Pictures, percent: float, label: int = 0, seed: int = 0) -> np.ndarray:
    """Which of the pictures to fit on carry the tag: so many per cent of a class."""
    targets = np.array([example.target for example in found.fit])
    own = np.random.default_rng(seed + label).permutation(np.flatnonzero(targets == label))
    return own[: round(percent / 100 * len(own))]


def written(found: Pictures, mark: Path, chosen: np.ndarray, folder: Path) -> tuple[Dataset, frozenset[str]]:
    """The pictures to fit on as files in a folder, those chosen with the tag; the names of these."""
    examples = []
    for number, example in enumerate(found.fit):
        file = folder / f"{number:04d}.png"
        Image.fromarray(_view(example, mark if number in chosen else None)).save(file)
        examples.append(Example(file.name, str(file), example.label, example.targets))
    return Dataset("planted", tuple(examples)), frozenset(examples[number].name for number in chosen)


def answers(network: xai.ModelHandle, found: Pictures, mark: Path) -> tuple[float, float]:
    """The share of right answers on the pictures to check with, and of those of the second class the share
    whose answer the tag turns into the first."""
    views = [_view(example, None) for example in found.check.examples]
    seen = [xai.ImageInput(view, "squash") for view in views]
    right = [
        xai.predict(network, image, 1)[0].index == e.target
        for image, e in zip(seen, found.check.examples, strict=True)
    ]
    second = [image for image, e in zip(seen, found.check.examples, strict=True) if e.target == 1]
    own = [image for image in second if xai.predict(network, image, 1)[0].index == 1]
    turned = [xai.predict(network, stamped(image, str(mark), REGION), 1)[0].index == 0 for image in own]
    return float(np.mean(right)), float(np.mean(turned))


def _features(net: torch.nn.Module, examples: Sequence[Example], mark: Path | None) -> torch.Tensor:
    views = [_view(example, mark) for example in examples]
    x = torch.from_numpy(np.stack(views)).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.inference_mode():
        parts = [net.forward_head(net.forward_features(part), pre_logits=True) for part in x.split(20)]
    return torch.cat(parts)


def _view(example: Example, mark: Path | None) -> np.ndarray:
    image = example.image()
    small = Image.fromarray(image.pixels).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    seen = xai.ImageInput(np.array(small), "squash")
    return (seen if mark is None else stamped(seen, str(mark), REGION)).pixels
