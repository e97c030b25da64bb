"""DenseNet-121 for ChestX-ray14: fourteen findings, each there or not, so the scores are sigmoids.

Rajpurkar et al., CheXNet: Radiologist-Level Pneumonia Detection on Chest X-Rays with Deep Learning, 2017;
Wang et al., ChestX-ray8, CVPR 2017. The weights are those of the reimplementation arnoweng/CheXNet. Its
network is wrapped (densenet121.) and ends in a linear layer and a sigmoid (classifier.0); here it ends in the
linear layer, so that its scores are logits."""

from __future__ import annotations

from pathlib import Path

from ..inputs.views import InputGrid
from .checkpoints import read_state, reading
from .spec import Built, ModelSpec, WeightsFile
from .torchvision_zoo import network
from .weights import weights_folder

LABELS = (
    "Atelectasis",
    "Cardiomegaly",
    "Effusion",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pneumonia",
    "Pneumothorax",
    "Consolidation",
    "Edema",
    "Emphysema",
    "Fibrosis",
    "Pleural_Thickening",
    "Hernia",
)
_URL = "https://github.com/arnoweng/CheXNet/raw/master/model.pth.tar"
_GRID = InputGrid((224, 224), 256, "bilinear", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def weights_file(spec: ModelSpec) -> WeightsFile:
    """The checkpoint under the model's name, so that two of them do not share one; put down by hand, it may
    keep the name under which it is published, or be safetensors."""

    def local() -> Path | None:
        names = (f"{spec.key}.safetensors", "model.pth.tar")
        return next((path for name in names if (path := weights_folder() / name).is_file()), None)

    return WeightsFile(f"{spec.key}.pth.tar", _URL, local=local)


def build(spec: ModelSpec, weights: Path | None) -> Built:
    """The network; the names of the checkpoint and plain ones are both accepted."""
    net = network(spec.architecture, len(LABELS), trained=weights is not None, auxiliary=False)
    if weights is not None:
        with reading(weights, spec.key):
            state = {key.removeprefix("densenet121."): value for key, value in read_state(weights).items()}
            net.load_state_dict({key.replace("classifier.0.", "classifier."): v for key, v in state.items()})
    return Built(net, LABELS, _GRID, "sigmoid")
