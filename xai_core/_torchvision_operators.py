"""Make torchvision importable on any build of torch.

The CPU build of torch and the torchvision of the package index do not match: torchvision then cannot load its
compiled operators, and its import fails because `torchvision::nms` does not exist, although no classifier
uses it. Declaring the schemas of the two operators is enough. This must happen before the first import of
torchvision, which may be made by timm, by another library or by a notebook, so an import hook does it.

The hook also keeps torch's compiler out of these imports. Two modules that hardly anybody uses name it when
they are imported: RoI Align asks it a question, NaFlexViT keeps functions from it. Importing it for that
takes as long as all else in torchvision and timm. It is imported when these functions are called.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

_LIBRARIES: list[Any] = []  # torch takes the operators back when their torch.library.Library is collected


NAME_THE_COMPILER = ("torchvision.ops.roi_align", "timm.models.naflexvit")


class _BeforeTorchvision(MetaPathFinder):
    """Calls `declare_missing_operators` when torchvision is looked for, and has the modules that name the
    compiler loaded without it. Everything else it leaves to the other finders."""

    def __init__(self) -> None:
        self.declared = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "torchvision" and not self.declared:
            self.declared = True
            declare_missing_operators()
        if fullname not in NAME_THE_COMPILER:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _WithoutCompiler(spec.loader)
        return spec


class _WithoutCompiler(Loader):
    """Loads a module as its own loader does, while `compiler_when_asked` holds."""

    def __init__(self, own: Loader):
        self.own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        with compiler_when_asked():
            self.own.exec_module(module)


@contextmanager
def compiler_when_asked() -> Iterator[None]:
    """In the block, what is taken from `torch._dynamo` are functions that import it when they are called.
    Nothing changes where it is imported already."""
    if "torch._dynamo" in sys.modules:
        yield
        return
    package, utils = ModuleType("torch._dynamo"), ModuleType("torch._dynamo.utils")
    package.__dict__["disable"] = _disable
    utils.__dict__["is_compile_supported"] = _is_compile_supported
    sys.modules |= {package.__name__: package, utils.__name__: utils}
    try:
        yield
    finally:
        for module in (package, utils):
            if sys.modules.get(module.__name__) is module:
                del sys.modules[module.__name__]


def _is_compile_supported(device_type: Any) -> Any:
    from torch._dynamo.utils import is_compile_supported

    return is_compile_supported(device_type)


def _disable(function: Callable, recursive: bool = True, *, reason: str | None = None) -> Callable:
    """The function, kept from the compiler by the compiler itself from its first call on."""

    @wraps(function)
    def disabled(*given: Any, **named: Any) -> Any:
        from torch._dynamo import disable

        return disable(function, recursive, reason=reason)(*given, **named)

    return disabled


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
