"""Drawing until it is decided, resuming, twins, failures; what runs on a network is in test_command."""

import contextlib
from itertools import islice

import numpy as np
import pandas as pd
import pytest

import xai_core as xai
from xai_core.datasets import Dataset, Example, mosaics
from xai_core.ranking.drawing import drawn, pieces, witnesses
from xai_core.ranking.plan import Ranked
from xai_core.ranking.running import all_scores, passes_of, rank, score_files

from .conftest import MERIT, drawn_engine, pictures

PLAN = Ranked(("grad_cam", "layer_cam"), ("relevance_gain",))


def test_stops_as_soon_as_it_is_decided(lite0_small, tmp_path):
    asked = []
    engine = drawn_engine(asked=asked)
    found = rank(lite0_small, pictures(400), PLAN, tmp_path / "s", engine=engine)
    assert found.settled
    assert found.pictures == len(asked) == found.look.pictures == 25
    assert [found.plan.names[i] for i in found.standings[0].order] == ["grad_cam", "layer_cam", "chance"]
    assert found.standings[0].letters == ["a", "b", "c"]


def test_a_tie_spends_the_budget_and_no_more(lite0_small, tmp_path):
    plan = Ranked(("layer_cam", "gradient"), ("relevance_gain",), budget=50)
    found = rank(lite0_small, pictures(80), plan, tmp_path / "s", engine=drawn_engine())
    assert not found.settled
    assert (found.pictures, found.budget, found.available) == (50, 50, 80)
    assert not found.standings[0].apart(0, 1)
    control = Ranked(plan.methods, plan.metrics, budget=50, until="control")
    assert rank(lite0_small, pictures(80), control, tmp_path / "s", engine=drawn_engine()).settled


def test_a_method_given_twice_is_measured_once_and_is_never_waited_for(lite0_small, tmp_path):
    plan = Ranked(("grad_cam", "layer_cam", "grad_cam"), ("relevance_gain", "deletion"), until="best")
    merit = {**MERIT, "grad_cam": 3.0}
    found = rank(lite0_small, pictures(30), plan, tmp_path / "s", engine=drawn_engine(merit=merit))
    assert found.plan.names == ("grad_cam", "layer_cam", "grad_cam (2)", "chance")
    assert plan.measured().methods == ("grad_cam", "layer_cam", "chance")
    for one in found.standings:
        assert not one.apart(0, 2)
        assert one.means[0] == one.means[2]
    assert found.standings[0].order[0] == 0
    assert found.standings[1].order[0] == 3, "deletion is better where it is smaller"


def test_a_run_that_was_cut_off_measures_nothing_twice_and_ends_the_same(lite0_small, tmp_path):
    tied = Ranked(("layer_cam", "gradient"), ("relevance_gain",))
    whole = rank(lite0_small, pictures(60), tied, tmp_path / "whole", engine=drawn_engine())
    asked = []

    def cut(handle, plan, waiting):
        yield from islice(drawn_engine(asked=asked)(handle, plan, waiting), 17)
        raise KeyboardInterrupt

    for _ in range(2):
        with contextlib.suppress(KeyboardInterrupt):
            rank(lite0_small, pictures(60), tied, tmp_path / "s", engine=cut)
    assert len(asked) == 17 + 13 + 17  # the looks are after 30 and 60 pictures
    found = rank(lite0_small, pictures(60), tied, tmp_path / "s", engine=drawn_engine(asked=asked))
    assert len(set(asked)) == len(asked) == 60
    np.testing.assert_array_equal(found.standings[0].p, whole.standings[0].p)
    count = len(asked)
    rank(lite0_small, pictures(60), tied, tmp_path / "s", engine=drawn_engine(asked=asked))
    assert len(asked) == count, "what is there is read"
    all_scores(score_files(tmp_path / "s"), tmp_path / "all.parquet")
    assert len(pd.read_parquet(tmp_path / "all.parquet")) == 60 * 3


def test_another_run_is_refused(lite0_small, tmp_path):
    rank(lite0_small, pictures(25), PLAN, tmp_path / "s", engine=drawn_engine())
    other = Ranked(PLAN.methods, ("deletion",))
    with pytest.raises(xai.InputError, match="of another run"):
        rank(lite0_small, pictures(25), other, tmp_path / "s", engine=drawn_engine())


def test_what_fails_is_counted_and_all_that_fails_is_said(lite0_small, tmp_path):
    engine = drawn_engine(broken=("00003.png", "00004.png"))
    found = rank(lite0_small, pictures(24), PLAN, tmp_path / "s", engine=engine)
    assert (found.pictures, found.failed) == (22, 2)
    engine = drawn_engine(broken=("00000.png", "00001.png"))
    with pytest.raises(xai.InputError, match=r"None of 2 pictures could be measured. The first: 0000\d"):
        rank(lite0_small, pictures(2), PLAN, tmp_path / "t", engine=engine)


def test_a_metric_that_has_no_value_anywhere_is_refused(lite0_small, tmp_path):
    nothing = drawn_engine(merit=dict.fromkeys(MERIT, float("nan")))
    with pytest.raises(xai.InputError, match=r"'relevance_gain' has no value in any of these pictures"):
        rank(lite0_small, pictures(3), PLAN, tmp_path / "s", engine=nothing)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"methods": ("grad_kam",)}, "There is no method 'grad_kam'"),
        ({"metrics": ("edge",)}, "'edge' does not say which of two maps is better"),
        ({"metrics": ("sparseness",)}, "sparseness"),
        ({"metrics": ("deletion", "deletion")}, "'deletion' is given twice"),
        ({"metrics": ()}, "No metric is given"),
        ({"budget": 0}, "budget is 0"),
        ({"confidence": 1.0}, "confidence is 1.0"),
        ({"until": "never"}, "until is 'never'; accepted are all, best, control"),
    ],
)
def test_plans_that_are_refused(changed, said):
    plan = Ranked(**({"methods": ("grad_cam",), "metrics": ("deletion",)} | changed))
    with pytest.raises(xai.InputError, match=said):
        plan.check()


def test_passes_are_counted_from_the_request(lite0_small):
    params = xai.types.Params({"smooth_grad": xai.types.Params({"samples": 7})})
    plan = Ranked(("grad_cam", "smooth_grad"), ("deletion",), params=params)
    assert passes_of(lite0_small, plan) == {"grad_cam": 1, "smooth_grad": 7, "chance": 0}


def test_the_draw_does_not_depend_on_the_order_of_the_set():
    data = pictures(30)
    turned = Dataset(data.name, data.examples[::-1])
    assert drawn(data, 0, 10).examples == drawn(turned, 0, 10).examples
    assert drawn(data, 0, 10).examples != drawn(data, 1, 10).examples
    moved = tuple(Example(e.name, e.source.replace("nowhere", "elsewhere"), "", ()) for e in data.examples)
    names = [e.name for e in drawn(data, 0, None).examples]
    assert [e.name for e in drawn(Dataset("x", moved), 0, None).examples] == names


def test_pictures_that_share_photographs_are_one_witness():
    def of(source):
        return Example(source, source, "", ())

    assert list(witnesses([of("/a.png"), of("/b.png"), of("/a.png")])) == [0, 1, 0]
    assert len(set(witnesses(mosaics().examples))) == 1  # each pair shares a sample with another


def test_pieces_end_where_looks_do():
    assert pieces([25, 50]) == [(0, 25), (25, 50)]
    assert pieces([600]) == [(0, 256), (256, 512), (512, 600)]
