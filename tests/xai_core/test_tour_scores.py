"""The example of the tour's section on networks that are no classifiers runs as it is printed."""

import re

import numpy as np
import pytest

from tests.conftest import ROOT

TITLE = "## Networks that are no classifiers\n"


def test_the_example_runs():
    pytest.importorskip("torchvision")
    section = (ROOT / "docs" / "tour.md").read_text().partition(TITLE)[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    *lines, last = code.strip().splitlines()
    names: dict = {}
    exec("\n".join([*lines, f"maps = {last}"]), names)
    assert names["e"].label == "likeness"
    assert names["e"].heatmap.shape == (6, 8)
    assert names["e"].logit == pytest.approx(
        float(names["likeness"](names["network"](names["embed"].preprocess(names["image"]))))
    )
    assert names["maps"].shape == (2, 96, 128)
    assert np.isfinite(names["maps"].numpy()).all()
