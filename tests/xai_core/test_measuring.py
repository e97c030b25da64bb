"""One picture measured: its rows, or the sentence that says why it has none."""

from xai_core import measuring
from xai_core.datasets import Example, mosaics
from xai_core.types import Params


def test_rows_or_a_sentence(lite0, tmp_path):
    plan = measuring.Plan(("occlusion", "centre"), ("energy",), params=Params({"occlusion": {"window": 300}}))
    assert "window of occlusion is 300" in measuring.outcome(lite0, mosaics().examples[0], plan)
    plan = measuring.Plan(("centre", "grad_cam"), ("energy", "correct"))
    rows = measuring.outcome(lite0, mosaics().examples[0], plan)
    assert [(row["method"], row["metric"]) for row in rows] == [
        ("centre", "energy"), ("centre", "correct"), ("grad_cam", "energy"), ("grad_cam", "correct"),
    ]  # fmt: skip
    assert tuple(rows[0]) == measuring.COLUMNS
    gone = Example("gone.png", str(tmp_path / "gone.png"), "tabby", (281,))
    assert "gone.png" in measuring.outcome(lite0, gone, plan)
