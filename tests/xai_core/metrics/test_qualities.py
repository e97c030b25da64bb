"""The list of qualities: what each declares, and its numbers for a real map and for noise."""

import numpy as np
import pytest

import xai_core as xai
from xai_core.evaluation.command import METRICS
from xai_core.metrics.case import Case
from xai_core.metrics.insertion import chance
from xai_core.metrics.measures import MEASURES, RUN_THE_NETWORK
from xai_core.metrics.qualities import QUALITIES, Quality


def test_what_each_declares():
    keys = [quality.key for quality in QUALITIES]
    assert len(set(keys)) == len(keys)
    assert set(keys) <= set(MEASURES)
    assert set(keys) <= set(METRICS)
    assert {quality.key for quality in QUALITIES if not quality.runs_the_network} == {"gini", "rank_accuracy"}
    assert RUN_THE_NETWORK & set(keys) == {quality.key for quality in QUALITIES if quality.runs_the_network}
    for quality in QUALITIES:
        assert all((quality.formula, quality.reading, quality.paper, quality.span)), quality.key
    with pytest.raises(ValueError, match="'best' is better"):
        Quality("a", "A", lambda case: 0.0, "best", "", "", "", "", "", "")


def test_a_map_and_noise_on_the_default_network(lite0_small):
    image = xai.load_sample("chelsea")
    e = xai.explain(lite0_small, image, "grad_cam", 282)
    own, noise = (
        {quality.key: quality.value(Case(lite0_small, image, (), (), one)) for quality in QUALITIES}
        for one in (e, chance(e))
    )
    assert np.isfinite([own[k] for k in own if k not in ("completeness_error", "rank_accuracy")]).all()
    assert np.isnan([own["completeness_error"], own["rank_accuracy"], noise["completeness_error"]]).all()
    assert (noise["random_logit"], noise["lipschitz"], noise["relative_stability"]) == (1, 0, 0)
    assert own["random_logit"] < 1
    assert own["lipschitz"] > 0
