"""ResNet-18 for Places365: 365 kinds of scenes.

Zhou, Lapedriza, Khosla, Oliva and Torralba, Places: A 10 Million Image Database for Scene Recognition, PAMI
2018. Weights and class names are those of MIT CSAIL. The names stand in a file of their own,
`categories_places365.txt` with a line "/a/airfield 0" for each class, which is looked for beside the weights;
without it the classes are numbered."""

from __future__ import annotations

from pathlib import Path

from ..inputs.views import InputGrid
from ..types import InputError
from .checkpoints import load_state
from .spec import Built, ModelSpec, WeightsFile
from .torchvision_zoo import network
from .weights import weights_folder

CLASSES = 365
NAMES = "categories_places365.txt"
_URL = "http://places2.csail.mit.edu/models_places365/resnet18_places365.pth.tar"
_GRID = InputGrid((224, 224), 256, "bilinear", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def weights_file(spec: ModelSpec) -> WeightsFile:
    """The checkpoint as it is published."""
    return WeightsFile(f"{spec.key}.pth.tar", _URL, 46)


def build(spec: ModelSpec, weights: Path | None) -> Built:
    """The network, its names read from the file beside the weights."""
    net = network(spec.architecture, CLASSES, trained=weights is not None, auxiliary=False)
    if weights is not None:
        load_state(net, weights, spec.key)
    folder = weights.parent if weights is not None else weights_folder()
    return Built(net, labels(folder / NAMES), _GRID)


def labels(file: Path) -> tuple[str, ...]:
    """The 365 names, "/a/apartment_building/outdoor 8" as "apartment building, outdoor"; numbers where there
    is no file. Raises InputError for a file of another kind."""
    if not file.is_file():
        return tuple(f"scene {index}" for index in range(CLASSES))
    lines = [line.rpartition(" ") for line in file.read_text().splitlines() if line.strip()]
    if [number for _, _, number in lines] != [str(index) for index in range(CLASSES)]:
        raise InputError(
            f"{file} does not name {CLASSES} classes; lines such as '/a/airfield 0', in order, are accepted."
        )
    return tuple(name[3:].replace("/", ", ").replace("_", " ") for name, _, _ in lines)
