"""Every sentence that follows from numbers, with numbers on both sides of each of its thresholds."""

import pytest

from pages._ui.lime import verdict as lime


@pytest.mark.parametrize(
    ("reliability", "said"), [(0.15, "No."), (0.69, "No."), (0.7, "In part"), (0.89, "In part")]
)
def test_lime_is_not_believed_while_another_draw_would_rank_differently(reliability, said):
    assert lime.believe(0.95, reliability, 100).startswith(said)
    assert lime.unstable(reliability) == (said == "No.")
    assert (
        "Another 100 samples would rank these superpixels differently" in lime.believe(0.95, reliability, 100)
    ) == (said == "No.")


@pytest.mark.parametrize(
    ("r2", "start", "fit"),
    [
        (0.75, "Yes", "follows the network well"),
        (0.74, "In part", "only in part"),
        (0.4, "In part", "only in part"),
        (0.39, "In part", "hardly follows"),
    ],
)
def test_lime_is_believed_where_it_is_stable_and_fits(r2, start, fit):
    said = lime.believe(r2, 0.9, 1000)
    assert said.startswith(start)
    assert "nearly the same order" in said
    assert fit in said


def test_more_samples_are_offered_up_to_the_limit():
    assert [lime.more_samples(n) for n in (100, 999, 1000, 5000, 10_000)] == [1000, 1000, 5000, 10_000, None]


@pytest.mark.parametrize(
    ("stable", "said"),
    [(0, "no superpixel's weight"), (1, "only 1 of 10"), (4, "only 4 of 10"), (5, "seeds 5 of 10")],
)
def test_lime_over_seeds(stable, said):
    assert said in lime.weights_over_seeds(stable, 10, 4)


@pytest.mark.parametrize(
    ("rho", "said"),
    [(-0.64, "the more Grad-CAM agree"), (-0.62, "No more than chance"), (0.64, "the less Grad-CAM agree")],
)
def test_overlap_and_complexity(rho, said):
    found = lime.related("edge density", {"Grad-CAM": rho, "Score-CAM": float("nan")}, 10, 0.63)
    assert said in found
    assert f"Grad-CAM {rho:+.2f}".replace("-", "−") in found
    assert "Score-CAM" not in found
