"""torchvision and timm are imported without torch's compiler, which is there for whoever calls it."""

from __future__ import annotations

import pytest

from tests.test_packaging import run_python

IMPORTED = """
import sys, xai_core, timm, torchvision
print("torch._dynamo" in sys.modules)
"""
ASKED = """
from torchvision.ops.roi_align import is_compile_supported
from timm.models import naflexvit
wrapped = next(f for f in vars(naflexvit.NaFlexRopeIterator).values() if hasattr(f, "__wrapped__"))
print(wrapped.__wrapped__.__module__)
print(is_compile_supported("cpu") in (True, False), "torch._dynamo" in sys.modules)
from torch._dynamo import __file__ as place
from torch._dynamo.utils import is_compile_supported as own
print(own is not is_compile_supported, place is not None)
"""


def test_the_compiler_is_imported_when_it_is_asked(tmp_path):
    said = run_python(IMPORTED + ASKED, tmp_path).splitlines()
    assert said == ["False", "timm.models.naflexvit", "True True", "True True"]


@pytest.mark.peers
def test_what_the_compiler_disables_gives_the_same(tmp_path):
    code = (
        "import xai_core._torchvision_operators as o\n"
        "def twice(x, times=2): return times * x\n"
        "print(o._disable(twice)(21), o._disable(twice)(3, times=3), o._disable(twice).__name__)"
    )
    assert run_python(code, tmp_path) == "42 9 twice\n"
