"""One picture measured: its rows, or the sentence that says why it has none."""

import pytest

import xai_core as xai
from xai_core.datasets import Example, mosaics
from xai_core.evaluation import measuring
from xai_core.inputs.views import view_boxes
from xai_core.metrics.localization import energy
from xai_core.types import Params


def test_rows_or_a_sentence(lite0, tmp_path):
    plan = measuring.Plan(("occlusion", "centre"), ("energy",), params=Params({"occlusion": {"window": 300}}))
    assert "window of occlusion is 300" in measuring.outcome(lite0, mosaics().examples[0], plan)
    plan = measuring.Plan(("centre", "grad_cam"), ("energy", "correct"))
    rows = measuring.outcome(lite0, mosaics().examples[0], plan)
    assert [(row["method"], row["metric"]) for row in rows] == [
        ("centre", "energy"),
        ("centre", "correct"),
        ("grad_cam", "energy"),
        ("grad_cam", "correct"),
    ]
    assert tuple(rows[0]) == measuring.COLUMNS
    gone = Example("gone.png", str(tmp_path / "gone.png"), "tabby", (281,))
    assert "gone.png" in measuring.outcome(lite0, gone, plan)


def test_a_layer_of_ones_own(lite0):
    example = mosaics().examples[0]
    plan = measuring.Plan(
        ("grad_cam", "grad_cam@blocks.4"), ("energy",), params=Params({"grad_cam@blocks.4": {"relu": False}})
    )
    plan.check()
    found = [row["value"] for row in measuring.measure(lite0, example, plan)]
    e = xai.explain(lite0, example.image(), "grad_cam", example.target, layer="blocks.4", relu=False)
    boxes = view_boxes(example.image(), lite0.grid)
    assert found[1] == pytest.approx(energy(e.upsampled(), boxes))
    assert found[0] != found[1]
    wrong = measuring.Plan(("grad_cam@layer9",), ("energy",))
    assert "has no layer 'layer9'" in measuring.outcome(lite0, example, wrong)
