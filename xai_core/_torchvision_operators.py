"""Make torchvision importable on any build of torch.

The CPU build of torch and the torchvision of the package index do not match: torchvision then cannot load its
compiled operators, and its import fails because `torchvision::nms` does not exist, although no classifier
uses it. Declaring the schemas of the two operators is enough. This must happen before the first import of
torchvision, which may be made by timm, by another library or by a notebook, so an import hook does it.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

_LIBRARIES: list[Any] = []  # torch takes the operators back when their torch.library.Library is collected


class _BeforeTorchvision(MetaPathFinder):
    """Finds no module; calls `declare_missing_operators` when torchvision is looked for."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "torchvision" and self in sys.meta_path:
            sys.meta_path.remove(self)
            declare_missing_operators()
        return None


def declare_before_torchvision() -> None:
    """Declare the missing operators when torchvision is first imported, by anybody."""
    if "torchvision" not in sys.modules:
        sys.meta_path.insert(0, _BeforeTorchvision())


def declare_missing_operators() -> None:
    """Declare torchvision::nms and torchvision::qnms unless torchvision's own library can be loaded."""
    import torch

    if _LIBRARIES or _compiled_library_loads():
        return
    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _LIBRARIES.append(library)


def _compiled_library_loads() -> bool:
    import torch

    spec = importlib.util.find_spec("torchvision")
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    for path in (path for folder in folders for path in folder.glob("_C*.so")):
        try:
            torch.ops.load_library(str(path))
        except OSError:
            continue  # built for another torch
        return True
    return False
