"""The error in units of the truth by hand, and what the range has to show."""

import numpy as np
import pytest

import xai_core as xai
from xai_core.known_truth import CASES, run
from xai_core.known_truth.running import PASSED, _factors, asked, error, over_regions

HAND_SET = [key for key in CASES if not key.startswith("tiny")]


def explained(case, method):
    return xai.explain(
        case.handle, case.picture, method, target=case.target, **asked(xai.METHODS[method], case)
    )


def test_a_map_is_summed_over_regions_and_painted_values_are_averaged():
    case = CASES["linear"]
    fine = np.random.default_rng(0).random((48, 64))
    sums = fine.reshape(3, 16, 4, 16).sum((1, 3)).ravel()
    np.testing.assert_allclose(over_regions(xai.METHODS["gradient"], case, fine), sums)
    np.testing.assert_allclose(over_regions(xai.METHODS["lime"], case, fine), sums / 256)
    coarse = np.arange(12.0).reshape(3, 4)
    np.testing.assert_allclose(over_regions(xai.METHODS["grad_cam"], case, coarse), coarse.ravel())
    one = over_regions(xai.METHODS["grad_cam"], case, np.array([[12.0]]))
    np.testing.assert_allclose(one, np.full(12, 1.0))  # one value for the whole picture is spread over it


def test_the_factor_has_the_smallest_error():
    draw = np.random.default_rng(1)
    for _ in range(20):
        values, truth = draw.normal(size=(2, 12))
        found = min(np.abs(f * values - truth).sum() for f in _factors(values, truth))
        tried = [np.abs(f * values - truth).sum() for f in np.linspace(0, 5, 501)]
        assert found <= min(tried) + 1e-12
        assert found <= np.abs(truth).sum() + 1e-12
    assert _factors(np.zeros(3), np.ones(3)).tolist() == [0.0]


def test_only_what_promises_completeness_is_taken_as_it_is():
    case = CASES["linear"]
    for method, doubled in (("integrated_gradients", 1.0), ("input_x_gradient", 0.0)):
        e = explained(case, method)
        twice = type("Doubled", (), {"heatmap": 2 * e.heatmap})
        assert error(xai.METHODS[method], case, twice, 0) == pytest.approx(doubled, abs=1e-5)


def test_integrated_gradients_are_exact_on_the_linear_network():
    case = CASES["linear"]
    values = over_regions(
        xai.METHODS["integrated_gradients"], case, explained(case, "integrated_gradients").heatmap
    )
    np.testing.assert_allclose(values, case.truth, atol=1e-5)
    assert run(case, "integrated_gradients").row.passed


def test_grad_cam_fails_where_its_assumption_fails_and_only_there():
    uneven, even = run(CASES["uneven"], "grad_cam"), run(CASES["unequal"], "grad_cam")
    assert (uneven.row.error, uneven.row.passed) == (1.0, False)
    assert (uneven.map.heatmap <= 0).all()  # it says that both squares speak against the class
    assert run(CASES["uneven"], "hires_cam").row.error == 0
    assert (even.row.error, even.row.passed) == (0.0, True)


@pytest.mark.parametrize("method", ["guided_backprop", "deconvnet"])
def test_maps_of_positive_signals_fail_the_class_test(method):
    ran = run(CASES["class_blind"], method)
    assert ran.row.class_test is False
    assert not ran.row.passed
    assert ran.row.sentence == "The maps of the two classes do not tell them apart."


def test_guided_backprop_lights_the_same_squares_for_both_classes():
    case = CASES["class_blind"]
    one, other = (
        xai.explain(case.handle, case.picture, "guided_backprop", target=target, aggregate="signed").heatmap
        for target in (0, 1)
    )
    assert one.any()
    np.testing.assert_allclose(one / one.max(), other / other.max(), atol=1e-6)


@pytest.mark.parametrize("method", ["grad_cam", "input_x_gradient", "integrated_gradients", "occlusion"])
def test_maps_that_follow_the_class_pass_the_class_test(method):
    row = run(CASES["class_blind"], method).row
    assert (row.class_test, row.passed, row.error) == (True, True, 0.0)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_fails_everywhere(seed):
    rows = [run(CASES[key], "random", seed).row for key in CASES]
    assert not [row.case for row in rows if row.passed]


@pytest.mark.parametrize(
    ("case", "method", "wanted"),
    [
        ("saturated", "input_x_gradient", 2 / 3),  # of 0.5, 0.5, 0.5 the last one alone
        ("saturated", "occlusion", 2 / 3),
        ("gated", "integrated_gradients", 2 / 9),  # 1/3 and 2/3 in the place of 1/2 and 1/2
        ("xor", "occlusion", 1.0),  # the pair seems to be -1 each
        ("xor", "integrated_gradients", 0.0),
        ("corner", "eigen_cam", 1.0),  # the object alone
    ],
)
def test_errors_by_hand(case, method, wanted):
    assert run(CASES[case], method).row.error == pytest.approx(wanted, abs=0.03 if method[0] == "i" else 1e-4)


def test_what_a_method_cannot_do_is_its_sentence():
    ran = run(CASES["linear"], "raw_attention")
    assert (ran.row.error, ran.row.passed, ran.map) == (None, False, None)
    assert ran.row.sentence == "Raw attention needs attention, which linear does not have."


def test_an_unknown_method_is_refused():
    with pytest.raises(xai.InputError, match="There is no method 'grad_camp'"):
        run(CASES["linear"], "grad_camp")


def test_the_same_row_again():
    assert (
        run(CASES["gated"], "random").row
        == run(CASES["gated"], "random").row
        != run(CASES["gated"], "random", 1).row
    )


def test_the_question_is_that_of_the_case():
    case = CASES["linear"]
    assert asked(xai.METHODS["grad_cam"], case) == {"relu": False}
    assert asked(xai.METHODS["kernel_shap"], case) == {
        "baseline": "black",
        "segmentation": "grid",
        "segments": 12,
        "score": "logit",
    }
    assert asked(xai.METHODS["occlusion"], case)["window"] == 16
    assert "window" not in asked(xai.METHODS["occlusion"], CASES["tiny_cnn_shapes"])


def test_the_threshold_is_near_no_error_that_is_known_by_hand():
    """Rounding cannot turn a row: every exact error lies far from the threshold."""
    rows = [run(CASES[key], m).row for key in HAND_SET for m in ("grad_cam", "occlusion", "input_x_gradient")]
    assert not [row for row in rows if abs((row.error or 0) - PASSED) < 0.01]
