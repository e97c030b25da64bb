"""What explain, explain_many and estimate cost: passes shared, nothing run for what is refused, progress,
cancel.
"""

import time

import numpy as np
import pytest

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.network.capture import capture

from ..affordable import CONVOLUTIONAL, LAYERS, PARAMS, same
from ..counting import counting

DOG, CAT = 243, 282
GRADIENT_METHODS = ("grad_cam", "grad_cam_plus_plus", "xgrad_cam", "layer_cam", "hires_cam", "eigen_grad_cam")
STAGES = ("blocks.0", "blocks.1", "blocks.2", "blocks.4", "blocks.6")


@pytest.fixture
def counted():
    """A context that counts what a handle's network really runs."""
    return counting


# --- shared passes


def gallery(targets):
    return [
        xai.Request(
            method, target=target, layer=layer, params={"relu": relu, "counterfactual": counterfactual}
        )
        for target in targets
        for method in GRADIENT_METHODS
        for layer in STAGES
        for relu in (True, False)
        for counterfactual in (True, False)
    ]


def test_one_forward_and_one_backward_serve_a_whole_gallery(lite0, dog_cat, counted):
    with counted(lite0) as counts:
        found = xai.explain_many(lite0, dog_cat, gallery([CAT]))
    assert len(found) == 6 * 5 * 2 * 2
    assert (counts.forwards, counts.passes, counts.backwards) == (1, 1, 1)
    assert {e.forwards for e in found} == {1}


def test_each_further_class_costs_one_backward(lite0, dog_cat, counted):
    with counted(lite0) as counts:
        xai.explain_many(lite0, dog_cat, gallery([CAT, DOG, 242]))
    assert (counts.forwards, counts.backwards) == (1, 3)
    with counted(lite0) as counts:  # a contrast is a score of its own
        contrast = xai.Request("grad_cam", target=CAT, params={"contrast": DOG})
        xai.explain_many(lite0, dog_cat, [*gallery([CAT]), contrast, contrast.replace(layer="blocks.2")])
    assert (counts.forwards, counts.backwards) == (1, 2)


def test_methods_without_gradients_cost_no_backward(lite0, dog_cat, counted):
    with counted(lite0) as counts:
        xai.explain_many(lite0, dog_cat, [xai.Request("eigen_cam", layer=key) for key in STAGES])
    assert (counts.forwards, counts.backwards) == (1, 0)


@pytest.mark.parametrize("method", CONVOLUTIONAL)
def test_forwards_says_what_ran(lite0, dog_cat, counted, method):
    before = lite0.ledger.passes
    with counted(lite0) as counts:
        e = xai.explain(lite0, dog_cat, method, CAT, LAYERS.get(method, "blocks.4"), **PARAMS.get(method, {}))
    assert e.forwards == counts.forwards == lite0.ledger.passes - before
    with lite0.session() as net:
        seen = capture(net, lite0.preprocess(dog_cat), ["bn2"])
        live = int(seen.activations["bn2"].flatten(2).any(2).sum())
    assert 0 < live < 1280
    # beside the shared pass: 16 masks; a look at what lies before the layer and each live channel
    expected = {"score_cam": 1 + 16, "ablation_cam": 1 + 1 + live, "cam": 2, "full_grad": 2}
    # gradients by the input take a pass of their own; the baseline and the whole picture are looked at too
    expected |= dict.fromkeys(("gradient", "input_x_gradient", "guided_backprop", "guided_grad_cam"), 2)
    expected |= {"smooth_grad": 1 + 12, "integrated_gradients": 1 + 12 + 2, "occlusion": 1 + 16 + 1}
    expected |= {"rise": 1 + 12, "smooth_grad_squared": 1 + 12, "smooth_grad_cam_plus_plus": 1 + 12}
    # the variance starts from the picture itself; two rounds of masks; six steps and a look at what they gave
    expected |= {"var_grad": 1 + 1 + 12, "is_cam": 1 + 32, "ss_cam": 1 + 32, "opti_cam": 1 + 6 + 1}
    expected |= {"shapley_cam": 2, "finer_cam": 2}  # another score than that of the shared pass
    expected |= {"rise": 1 + 12, "partition_shap": 1 + 12, "guided_ig": 1 + 12 + 2}
    expected |= {"blur_ig": 1 + 12 + 2, "xrai": 1 + 2 * 6, "sobol": 1 + 4 * (4 + 1)}
    expected |= {"lrp": 2, "deconvnet": 2, "excitation_backprop": 2, "contrastive_mwp": 3}
    # DeepLIFT runs the picture and each baseline; GradientSHAP scores the picture and eight photographs
    expected |= {"deep_lift": 1 + 2, "deep_lift_shap": 1 + 2 * 16, "gradient_shap": 1 + 12 + 1 + 8}
    expected |= {"extremal_perturbation": 1 + 6 + 1}
    equal_masks_once = ("lime", "kernel_shap", "shapley_sampling", "hsic")
    assert method in equal_masks_once or e.forwards == expected.get(method, 1)


@pytest.mark.peers
def test_grouping_does_not_change_a_bit(lite0, dog_cat):
    """Many layers, classes and methods in one call against one call each, in float32."""
    requests = gallery([CAT, DOG])[::7]
    requests += [xai.Request(m, target=CAT, layer=k) for m, k in LAYERS.items()]
    requests += [xai.Request("eigen_cam", layer="blocks.1"), xai.Request("random", layer="bn2", seed=5)]
    together = xai.explain_many(lite0, dog_cat, requests)
    for request, e in zip(requests, together, strict=True):
        params = dict(request.params)
        alone = xai.explain(
            lite0, dog_cat, request.method, request.target, request.layer, request.seed, **params
        )
        assert same(e, alone), request
        assert (e.target, e.layer, e.params, e.logit) == (
            alone.target,
            alone.layer,
            alone.params,
            alone.logit,
        )
    for e, again in zip(together, xai.explain_many(lite0, dog_cat, requests[::-1])[::-1], strict=True):
        assert same(e, again), e.method


def test_no_requests(lite0, dog_cat):
    assert xai.explain_many(lite0, dog_cat, []) == []


# --- what is refused

BAD = {
    "method": (xai.Request("gradcam"), ["'gradcam'", "grad_cam", "ablation_cam"]),
    "class 5000": (xai.Request("grad_cam", target=5000), ["target is 5000", "from 0 to 999"]),
    "class -1": (xai.Request("grad_cam", target=-1), ["target is -1", "from 0 to 999"]),
    "class True": (xai.Request("grad_cam", target=True), ["target is True", "from 0 to 999"]),
    "class text": (xai.Request("grad_cam", target="282"), ["target is '282'", "from 0 to 999"]),
    "class 1.5": (xai.Request("grad_cam", target=1.5), ["target is 1.5", "from 0 to 999"]),
    "class, no layer": (xai.Request("full_grad", target=1000), ["target is 1000", "from 0 to 999"]),
    "layer": (xai.Request("grad_cam", layer="layer4"), ["'layer4'", "blocks.6"]),
    "flat layer": (
        xai.Request("grad_cam", layer="classifier"),
        ["'classifier'", "no spatial map", "blocks.6"],
    ),
    "parameter": (
        xai.Request("grad_cam", params={"rleu": True}),
        ["'rleu'", "relu, counterfactual, contrast"],
    ),
    "parameter of others": (xai.Request("eigen_cam", params={"contrast": 1}), ["'contrast'", "it has relu"]),
    "type of relu": (xai.Request("grad_cam", params={"relu": 1}), ["relu of grad_cam is 1", "True or False"]),
    "type of counterfactual": (
        xai.Request("grad_cam", params={"counterfactual": "yes"}),
        ["counterfactual of grad_cam is 'yes'", "True or False"],
    ),
    "type of contrast": (
        xai.Request("cam", params={"contrast": 2.5}),
        ["contrast of cam is 2.5", "class index or None"],
    ),
    "contrast True": (xai.Request("cam", params={"contrast": True}), ["contrast of cam is True", "or None"]),
    "contrast 1000": (
        xai.Request("grad_cam", params={"contrast": 1000}),
        ["contrast is 1000", "from 0 to 999"],
    ),
    "contrast is target": (
        xai.Request("grad_cam", target=7, params={"contrast": 7}),
        ["contrast is 7", "the target itself", "another class"],
    ),
    "seed": (xai.Request("random", seed=0.5), ["seed is 0.5", "a whole number"]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_requests_are_refused_before_anything_runs(lite0, dog_cat, counted, name):
    request, words = BAD[name]
    fine = xai.Request("grad_cam", target=CAT)
    with counted(lite0) as counts, pytest.raises(xai.InputError) as caught:
        xai.explain_many(lite0, dog_cat, [fine, request])
    for word in words:
        assert word in str(caught.value)
    assert (counts.forwards, counts.backwards) == (0, 0)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_contrast_with_the_predicted_class_is_refused_before_long_work(lite0, dog_cat, counted):
    """Only the shared pass can tell which class is predicted; nothing runs after it."""
    contrast = xai.Request("grad_cam", None, "bn2", {"contrast": DOG})
    requests = [xai.Request("score_cam", layer="blocks.0"), contrast]
    with counted(lite0) as counts, pytest.raises(xai.InputError, match=f"contrast is {DOG}.*predicted"):
        xai.explain_many(lite0, dog_cat, requests)
    assert counts.forwards == 1


def test_numpy_integers_are_classes(lite0, dog_cat):
    assert xai.explain(lite0, dog_cat, "grad_cam", target=np.int64(CAT)).target == CAT


# --- long work


@pytest.mark.parametrize(
    "requests",
    [
        [xai.Request("grad_cam")],
        [
            xai.Request("score_cam", layer="blocks.0"),
            xai.Request("grad_cam"),
            xai.Request("ablation_cam", layer="bn1"),
        ],
        [xai.Request("ablation_cam", layer="bn2")],
        [xai.Request("ablation_cam", layer="bn2", params={"relu": relu}) for relu in (True, False)],
    ],
    ids=["short", "several", "with dead channels", "the same twice"],
)
def test_progress_rises_and_ends_at_the_total(lite0, dog_cat, requests):
    reports = []
    xai.explain_many(lite0, dog_cat, requests, progress=lambda done, total: reports.append((done, total)))
    expected = 1 + sum(lite0.layer(r.layer).channels for r in requests if r.method != "grad_cam")
    assert {total for _, total in reports} == {expected}
    done = [count for count, _ in reports]
    assert done == sorted(set(done))
    assert done[-1] == expected
    assert len(done) >= len(requests)


@pytest.mark.parametrize(
    "request_", [xai.Request("score_cam", layer="blocks.2"), xai.Request("ablation_cam", layer="bn2")]
)
@pytest.mark.parametrize("at", core_and_peers([1, 3, 2, 5]))
def test_cancelled(lite0, dog_cat, counted, request_, at):
    """Asked before the first pass, before each map and before each batch; the handle works on as before."""
    before = xai.explain_many(lite0, dog_cat, [request_])[0]
    asked = []

    def cancelled():
        asked.append(None)
        return len(asked) == at

    with counted(lite0) as counts, pytest.raises(xai.Cancelled, match="Cancelled after"):
        xai.explain_many(lite0, dog_cat, [request_], cancelled=cancelled)
    assert len(asked) == at
    assert counts.forwards < before.forwards
    if at == 1:
        assert counts.forwards == 0
    assert same(xai.explain_many(lite0, dog_cat, [request_])[0], before)


def test_estimate_is_close_to_what_it_takes(lite0, chelsea):
    """A measurement beside a measurement: other work on the machine may spoil one, hardly three."""
    request = xai.Request("score_cam", target=CAT, layer="blocks.0")
    pairs = []
    for _ in range(3):
        lite0.ledger.rates.clear()
        estimated = xai.estimate(lite0, chelsea, [request])
        start = time.perf_counter()
        xai.explain_many(lite0, chelsea, [request])
        pairs.append((estimated, time.perf_counter() - start))
        if estimated > 0 and 1 / 4 < estimated / pairs[-1][1] < 4:
            return
    pytest.fail(f"estimated and real seconds: {pairs}")


def test_estimate_of_two_is_the_sum_and_asking_again_runs_nothing(lite0, chelsea, counted):
    requests = [xai.Request("score_cam", layer="blocks.0"), xai.Request("ablation_cam", layer="bn1")]
    single = [xai.estimate(lite0, chelsea, [request]) for request in requests]
    with counted(lite0) as counts:
        both = xai.estimate(lite0, chelsea, requests)
        short = xai.estimate(lite0, chelsea, [xai.Request("grad_cam")] * 10)
    assert counts.forwards == 0
    assert both == pytest.approx(sum(single) - lite0.seconds_per_pass)
    assert short == lite0.seconds_per_pass > 0
