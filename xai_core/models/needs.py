"""How much memory a model's weights take, told before anything is loaded."""

from __future__ import annotations

from functools import cache

from .spec import ModelSpec, WeightsFile
from .weights import find_weights


def weights_mb(spec: ModelSpec, file: WeightsFile) -> float | None:
    """Megabytes of the file of weights: as it lies on this machine, else as its source states, else, for a
    network of timm, four bytes for each parameter. None where nobody knows. Reads no weights."""
    path = find_weights(file)
    if path is not None:
        return path.stat().st_size / 1e6
    if file.size_mb is not None or spec.source != "timm":
        return file.size_mb
    return _counted(spec.architecture)


@cache
def _counted(architecture: str) -> float:
    from .sketch import sketch
    from .timm_zoo import timm

    net = sketch(lambda: timm().create_model(architecture, pretrained=False))
    return 4 * sum(parameter.numel() for parameter in net.parameters()) / 1e6
