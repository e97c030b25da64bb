"""Make torchvision importable on any build of torch. Imported for its effect, before anything imports
torchvision.

Torch's CPU build and the registry's torchvision do not belong together: torchvision then lacks two compiled
operators, and its import fails although no classifier uses them. Their schemas are declared once, and only
where the real ones cannot be loaded.
"""

import importlib.util
import sys
from pathlib import Path

import torch

_DECLARED: list[torch.library.Library] = []  # a Library takes its operators back when it is collected


def declare_missing_operators() -> None:
    """Declare torchvision::nms and torchvision::qnms unless torchvision is loaded or its own library can
    be.
    """
    if "torchvision" in sys.modules or _DECLARED or _compiled_library_loads():
        return
    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _DECLARED.append(library)


def _compiled_library_loads() -> bool:
    spec = importlib.util.find_spec("torchvision")
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    for path in (path for folder in folders for path in folder.glob("_C*.so")):
        try:
            torch.ops.load_library(str(path))
        except OSError:
            continue  # built for another torch, which is the case the schemas are for
        return True
    return False
