"""explain, explain_many, predict, estimate: defaults, refusals, shared passes, progress, cancel, results."""

import contextlib
import pickle
import time

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core.hooks import capture
from xai_core.incremental import engine_of
from xai_core.types import Params

from .affordable import LAYERS, PARAMS

DOG, CAT = 243, 282
GRADIENT_METHODS = ("grad_cam", "grad_cam_plus_plus", "xgrad_cam", "layer_cam", "hires_cam", "eigen_grad_cam")
STAGES = ("blocks.0", "blocks.1", "blocks.2", "blocks.4", "blocks.6")


class Counts:
    forwards = 0  # inputs given to the network or to its folded twin
    passes = 0  # calls of either
    backwards = 0


@pytest.fixture
def counted(monkeypatch):
    """A context that counts what a handle's network really runs, at the network's own door."""

    @contextlib.contextmanager
    def counting(handle):
        counts = Counts()
        differentiate = torch.autograd.grad

        def note(_module, arguments):
            counts.passes += 1
            counts.forwards += len(arguments[0])

        def counting_grad(*arguments, **options):
            counts.backwards += 1
            return differentiate(*arguments, **options)

        with handle.session() as net:
            engine_of(handle.scorer, handle.blank())  # its check of itself is not counted
            hooks = [network.register_forward_pre_hook(note) for network in {net, handle.scorer}]
            try:
                with monkeypatch.context() as patch:
                    patch.setattr(torch.autograd, "grad", counting_grad)
                    yield counts
            finally:
                for hook in hooks:
                    hook.remove()

    return counting


def same(one, other):
    return np.array_equal(one.heatmap, other.heatmap) and one.heatmap.dtype == other.heatmap.dtype


# --- predict


def test_predict_is_the_softmax_of_the_logits(lite0, dog_cat):
    with lite0.session() as net, torch.no_grad():
        logits = lite0.capture(x := lite0.preprocess(dog_cat)).logits[0].numpy().astype(np.float64)
        assert np.abs(logits - net(x)[0].numpy()).max() < 1e-5 * abs(logits).max()
    powers = np.exp(logits - logits.max())
    found = xai.predict(lite0, dog_cat, top=1000)
    assert len(found) == 1000
    for score in found:
        assert score.logit == logits[score.index]
        assert score.probability == pytest.approx(powers[score.index] / powers.sum(), rel=1e-9)
        assert score.label == lite0.labels[score.index]
    assert [s.logit for s in found] == sorted(logits, reverse=True)
    assert sum(s.probability for s in found) == pytest.approx(1)


def test_predict_top(lite0, dog_cat):
    found = xai.predict(lite0, dog_cat)
    assert [(s.index, s.label) for s in found[:2]] == [(243, "bull mastiff"), (242, "boxer")]
    assert len(found) == 5
    assert CAT in [s.index for s in found]
    for top in (0, -1, 2.5, "5"):
        with pytest.raises(xai.InputError, match="top is"):
            xai.predict(lite0, dog_cat, top=top)


# --- what explain fills in


def test_defaults(lite0, dog_cat):
    e = xai.explain(lite0, dog_cat, "grad_cam")
    best = xai.predict(lite0, dog_cat, top=1)[0]
    assert (e.target, e.label, e.layer, e.method, e.seed) == (DOG, "bull mastiff", "blocks.6", "grad_cam", 0)
    assert e.logit == pytest.approx(best.logit, rel=1e-6)
    assert e.probability == pytest.approx(best.probability, rel=1e-5)
    assert dict(e.params) == {"relu": True, "counterfactual": False, "contrast": None}
    assert (e.signed, e.forwards, e.view_size) == (False, 1, (224, 224))
    assert e.seconds > 0
    assert (e.heatmap.dtype, e.heatmap.shape) == (np.float32, (7, 7))
    assert (e.upsampled().dtype, e.upsampled().shape) == (np.float32, (224, 224))
    assert same(e, xai.explain(lite0, dog_cat, "grad_cam", target=DOG, layer="blocks.6"))


def test_default_layer_is_the_last_suggested_one_or_the_methods_own(lite0, chelsea):
    suggested = [layer.key for layer in lite0.layers if layer.suggested]
    assert suggested == list(STAGES)
    for method in ("hires_cam", "eigen_cam", "random"):
        assert xai.explain(lite0, chelsea, method).layer == suggested[-1]
    assert xai.explain(lite0, chelsea, "cam").layer == "bn2"
    assert xai.explain(lite0, chelsea, "full_grad").layer is None
    assert xai.explain(lite0, chelsea, "full_grad").heatmap.shape == (224, 224)


def test_layer_key_with_underscores(lite0, chelsea):
    assert xai.explain(lite0, chelsea, "grad_cam", layer="blocks_4").layer == "blocks.4"


@pytest.mark.parametrize("layer", [None, "bn2"])
def test_maxima_lie_on_the_animal_that_was_asked_for(lite0, dog_cat, layer):
    """The mastiff sits in the upper middle, head and chest above the cat, which lies at the bottom."""
    boxes = {DOG: (78, 12, 166, 118), CAT: (40, 120, 200, 222)}  # x0, y0, x1, y1
    requests = [xai.Request("grad_cam", target=target, layer=layer) for target in boxes]
    for e in xai.explain_many(lite0, dog_cat, requests):
        y, x = np.unravel_index(e.upsampled().argmax(), (224, 224))
        x0, y0, x1, y1 = boxes[e.target]
        assert x0 <= x < x1, (e.target, x, y)
        assert y0 <= y < y1, (e.target, x, y)


# --- the parameters of the family


@pytest.mark.parametrize("method", ["grad_cam", "hires_cam", "cam"])
def test_contrast_of_a_linear_method_is_the_difference_of_two_maps(lite0, dog_cat, method):
    dog, cat, contrast = xai.explain_many(
        lite0,
        dog_cat,
        [
            xai.Request(method, target=DOG, params={"relu": False}),
            xai.Request(method, target=CAT, params={"relu": False}),
            xai.Request(method, target=DOG, params={"relu": False, "contrast": CAT}),
        ],
    )
    expected = dog.heatmap - cat.heatmap
    np.testing.assert_allclose(contrast.heatmap, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    assert (contrast.logit, contrast.probability) == (dog.logit, dog.probability)


@pytest.mark.parametrize("method", ["grad_cam", "hires_cam", "xgrad_cam", "eigen_grad_cam", "cam"])
def test_counterfactual_of_a_linear_method_is_the_negated_map(lite0, dog_cat, method):
    plain = xai.explain(lite0, dog_cat, method, target=CAT, relu=False)
    against = xai.explain(lite0, dog_cat, method, target=CAT, relu=False, counterfactual=True)
    assert np.abs(plain.heatmap).max() > 0
    np.testing.assert_allclose(
        against.heatmap, -plain.heatmap, rtol=0, atol=1e-6 * np.abs(plain.heatmap).max()
    )
    rectified = xai.explain(lite0, dog_cat, method, target=CAT, counterfactual=True)
    np.testing.assert_array_equal(rectified.heatmap, np.maximum(against.heatmap, 0))


@pytest.mark.parametrize(
    "method",
    [
        key
        for key, method in xai.METHODS.items()
        if not method.long and any(param.name == "relu" for param in method.params)
    ],
)
def test_relu_keeps_the_positive_part(lite0, dog_cat, method):
    layer = "bn2" if method == "cam" else "blocks.4"
    raw = xai.explain(lite0, dog_cat, method, target=CAT, layer=layer, relu=False)
    rectified = xai.explain(lite0, dog_cat, method, target=CAT, layer=layer)
    assert (raw.signed, rectified.signed) == (True, False)
    np.testing.assert_array_equal(rectified.heatmap, np.where(raw.heatmap > 0, raw.heatmap, 0))
    assert same(raw.rectified(), rectified)
    assert raw.rectified().params == rectified.params


def test_seed_reaches_the_method(lite0, chelsea):
    def weights(seed):
        return xai.explain(lite0, chelsea, "random", seed=seed, relu=False)

    assert same(weights(3), weights(3))
    assert not np.allclose(weights(3).heatmap, weights(4).heatmap)
    assert weights(4).seed == 4


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


@pytest.mark.parametrize("method", xai.METHODS)
def test_forwards_says_what_ran(lite0, dog_cat, counted, method):
    before = lite0.passes
    with counted(lite0) as counts:
        e = xai.explain(lite0, dog_cat, method, CAT, LAYERS.get(method, "blocks.4"), **PARAMS.get(method, {}))
    assert e.forwards == counts.forwards == lite0.passes - before
    with lite0.session() as net:
        seen = capture(net, lite0.preprocess(dog_cat), ["bn2"])
        live = int(seen.activations["bn2"].flatten(2).any(2).sum())
    assert 0 < live < 1280
    # beside the shared pass: 16 masks; a look at what lies before the layer and each live channel
    expected = {"score_cam": 1 + 16, "ablation_cam": 1 + 1 + live, "cam": 2, "full_grad": 2}
    # gradients by the input take a pass of their own; the baseline and the whole picture are looked at too
    expected |= dict.fromkeys(("gradient", "input_x_gradient", "guided_backprop", "guided_grad_cam"), 2)
    expected |= {"smooth_grad": 1 + 12, "integrated_gradients": 1 + 12 + 2, "occlusion": 1 + 16 + 1}
    expected |= {"rise": 1 + 12}
    assert method in ("lime", "kernel_shap") or e.forwards == expected.get(method, 1)  # equal masks: once


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
@pytest.mark.parametrize("at", [1, 2, 3, 5])
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
        lite0.rates.clear()
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


# --- results


def test_pickle_round_trip(lite0, dog_cat):
    e = xai.explain(
        lite0, dog_cat, "grad_cam", target=CAT, layer="blocks.4", relu=False, contrast=DOG, seed=3
    )
    back = pickle.loads(pickle.dumps(e))
    assert same(back, e)
    for name in e.__dataclass_fields__:
        if name not in ("heatmap", "segments"):
            assert getattr(back, name) == getattr(e, name), name
    assert isinstance(back.params, Params)
    assert hash(back.params) == hash(e.params)
    np.testing.assert_array_equal(back.upsampled((33, 50)), e.upsampled((33, 50)))


@pytest.mark.parametrize("method", xai.METHODS)
def test_heatmaps_are_plain_float32(lite0, dog_cat, method):
    e = xai.explain(lite0, dog_cat, method, CAT, LAYERS.get(method, "blocks.4"), **PARAMS.get(method, {}))
    assert isinstance(e.heatmap, np.ndarray)
    assert e.heatmap.dtype == np.float32
    cells = {"occlusion": (4, 4), "guided_grad_cam": (224, 224)}
    size = lite0.input_size if e.layer is None else lite0.layer(e.layer).size
    assert e.heatmap.shape == cells.get(method, size)
    assert np.isfinite(e.heatmap).all()
    assert e.signed is (method in ("occlusion", "lime", "kernel_shap"))
    assert (e.heatmap < 0).any() == e.signed
    assert e.label == "tiger cat"
