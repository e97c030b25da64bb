"""A new method is one new file and its line in methods/__init__.py: done here to a copy of the library."""

import shutil
import subprocess
import sys
from pathlib import Path

import xai_core as xai

METHOD = '''\
"""The mean over channels, to a power: M = (1/C sum_k A_k)^p."""

import torch

from ._spec import MethodSpec, Param


def mean_map(activations: torch.Tensor, power: int) -> torch.Tensor:
    """(N, C, h, w) activations -> (N, h, w)."""
    return activations.mean(1) ** power


SPEC = MethodSpec(
    "mean_map",
    "Mean map",
    mean_map,
    ("activations",),
    (Param("power", "int", 1, "The exponent.", low=1, high=3),),
    formula="M",
    paper="none",
    url="",
    reading="A test.",
    colour="#000000",
    signed=lambda params: True,
    family="Control",
)
'''

SCRIPT = """\
import numpy as np
import xai_core as xai

assert list(xai.METHODS)[-1] == "mean_map", list(xai.METHODS)
handle = xai.load_model("efficientnet_lite0", device="cpu")
image = xai.load_sample("chelsea")
with handle.session():
    found = handle.capture(handle.preprocess(image), [handle.layer("blocks.4")])
mean = found.activations["blocks.4"][0].mean(0).numpy()
e = xai.explain(handle, image, "mean_map", layer="blocks.4")
assert (e.method, e.layer, dict(e.params), e.signed) == ("mean_map", "blocks.4", {"power": 1}, True)
np.testing.assert_allclose(e.heatmap, mean, rtol=1e-6)
cubed = xai.explain(handle, image, "mean_map", layer="blocks.4", power=3)
np.testing.assert_allclose(cubed.heatmap, mean**3, rtol=1e-5)
assert xai.explain(handle, image, "mean_map").layer == "blocks.6"
for params in ({"power": 4}, {"power": "2"}, {"relu": True}):
    try:
        xai.explain(handle, image, "mean_map", **params)
    except xai.InputError as error:
        assert "power" in str(error), error
    else:
        raise AssertionError(params)
print("explained by", xai.__file__)
"""


def test_one_file_and_its_line(tmp_path):
    library = tmp_path / "xai_core"
    shutil.copytree(Path(xai.__file__).parent, library, ignore=shutil.ignore_patterns("__pycache__"))

    (library / "methods" / "mean_map.py").write_text(METHOD)
    registry = library / "methods" / "__init__.py"
    before = registry.read_text()
    imports, specs = "    layer_cam,\n", "    random.SPEC,\n)"
    assert before.count(imports) == before.count(specs) == 1
    after = before.replace(imports, imports + "    mean_map,\n").replace(
        specs, specs[:-1] + "    mean_map.SPEC,\n)"
    )
    registry.write_text(after)
    assert len(after.splitlines()) - len(before.splitlines()) == 2  # the import and the entry

    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    assert str(library) in run.stdout  # the copy ran, not the library itself
