"""Every sentence that follows from numbers, with numbers on both sides of each of its thresholds."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pages._ui.adversarial import verdict as adversarial
from pages._ui.concepts import verdict as concepts
from pages._ui.counterfactual import verdict as counterfactual
from pages._ui.insertion import verdict as insertion
from pages._ui.lime import verdict as lime
from pages._ui.localization import verdict as localization
from pages._ui.overview import words as overview
from pages._ui.right_wrong import verdict as right_wrong
from pages._ui.study import verdict as study
from pages._ui.trust import verdict as trust
from pages._ui.widgets import versus
from pages._ui.widgets.versus import Held
from xai_core.evaluation.evaluate import CENTRE, CHANCE
from xai_core.metrics.paired import Gap
from xai_core.metrics.robustness import MapShift
from xai_core.trust_study import Summary
from xai_core.types import ClassScore

NAN = float("nan")


def held(label, low, high, value=0.6, control=0.5):
    return Held(label, value, control, Gap((low + high) / 2, low, high, 0.5, 20, 5))


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


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.01, 0.19, "Better than a bump on IoU: Grad-CAM 0.60 against 0.50 (difference +0.01 to +0.19)."),
        (
            0.0,
            0.2,
            "Grad-CAM does not beat a bump on IoU: 0.60 against 0.50 (difference +0.00 to +0.20). Cannot",
        ),
        (-0.2, 0.0, "(difference −0.20 to +0.00). Cannot be told apart from it: Grad-CAM."),
        (-0.2, -0.01, "(difference −0.20 to −0.01). Worse than it: Grad-CAM."),
        (NAN, NAN, "Too few photographs to tell any map from a bump on IoU: Grad-CAM 0.60 against 0.50."),
    ],
)
def test_a_headline_says_first_whether_the_control_was_beaten(low, high, said):
    assert said in versus.headline([held("Grad-CAM", low, high)], "a bump", "IoU")


def test_a_headline_of_several_maps_praises_none_that_fails():
    rows = [held("A", -0.1, 0.2), held("B", -0.3, -0.1), held("C", -0.1, 0.1)]
    said = versus.headline(rows, "noise", "IoU")
    assert said.startswith("None of these maps beats noise on IoU: A comes nearest")
    assert said.endswith("Cannot be told apart from it: A and C. Worse than it: B.")
    said = versus.headline([*rows, held("D", 0.1, 0.2)], "noise", "IoU")
    assert said.startswith("Better than noise on IoU: D 0.60")


@pytest.mark.parametrize(
    ("pictures", "photographs", "said"),
    [(20, 20, "20 mosaics. The intervals are 95 % over them, and"), (20, 5, "20 mosaics of 5 photographs.")],
)
def test_a_headline_says_how_its_interval_counts(pictures, photographs, said):
    gap = Gap(0.1, 0.0, 0.2, 0.5, pictures, photographs)
    assert versus.counted(gap, "mosaics", 3).startswith(said)
    assert "all 3 hold together" in versus.counted(gap, "mosaics", 3)
    assert "hold together" not in versus.counted(gap, "mosaics", 1)
    assert "three photographs or more" in versus.counted(Gap(0.1, NAN, NAN, NAN, 1, 1))


@pytest.mark.parametrize(
    ("bump", "noise", "control"), [(0.49, 0.48, "a bump in the middle"), (0.48, 0.49, "noise")]
)
def test_localization_is_held_against_the_better_control(bump, noise, control):
    values = {"grad_cam": [0.7, 0.8, 0.9, 0.8], CENTRE: [bump] * 4, CHANCE: [noise] * 4}
    rows = [
        {"image": f"p{n}", "method": m, "iou": v}
        for m, column in values.items()
        for n, v in enumerate(column)
    ]
    photographs = {f"p{n}": (f"p{n}",) for n in range(4)}
    found, name = localization.held(pd.DataFrame(rows), "iou", photographs, {"grad_cam": "Grad-CAM"})
    assert name == control
    assert found[0].gap.mean == pytest.approx(np.mean(values["grad_cam"]) - 0.49)
    said, counted = localization.headline(found, name, "IoU", "folder")
    assert said.startswith(f"Better than {control} on IoU: Grad-CAM 0.80 against 0.49")
    assert counted.startswith("4 pictures.")


def curves(insertion, deletion, score="probability"):
    return SimpleNamespace(
        insertion_auc=insertion, deletion_auc=deletion, score=score, insertion=np.array([-1.0, 3.0])
    )


@pytest.mark.parametrize(
    ("areas", "said"),
    [
        (
            (0.41, 0.2),
            "Ahead of a random order on this picture: M (insertion 0.41 against 0.30, deletion 0.20",
        ),
        ((0.39, 0.2), "No map is clearly ahead of a random order on this picture. Hardly to be told"),
        ((0.3, 0.09), "Ahead of"),
        ((0.9, 0.21), "Hardly to be told from it: M."),
        ((0.19, 0.2), "Behind it: M."),
        ((0.21, 0.2), "Hardly to be told from it: M."),
    ],
)
def test_insertion_of_one_picture(areas, said):
    assert said in insertion.one_picture(["M"], [curves(*areas), curves(0.3, 0.2)])


@pytest.mark.parametrize(("area", "said"), [(0.71, "Ahead"), (0.69, "No map is clearly ahead")])
def test_insertion_of_logits_is_judged_by_their_reach(area, said):
    found = [curves(area, 0.2, "logit"), curves(0.3, 0.2, "logit")]
    assert insertion.one_picture(["M"], found).startswith(said)


def gap(low, high):
    return Gap((low + high) / 2, low, high, 0.5, 10, 10)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (
            gap(0.01, 0.2),
            gap(0.02, 0.1),
            "both curves: M (insertion +0.01 to +0.20, deletion −0.10 to −0.02).",
        ),
        (
            gap(0.0, 0.2),
            gap(0.02, 0.1),
            "None of these maps beats a random order on both curves. On deletion alone",
        ),
        (gap(0.01, 0.2), gap(0.0, 0.1), "On insertion alone: M."),
        (gap(0.0, 0.2), gap(-0.1, 0.1), "Cannot be told apart from it: M."),
        (gap(-0.2, -0.01), gap(0.02, 0.1), "Worse than it: M."),
        (gap(NAN, NAN), gap(0.02, 0.1), "Too few photographs"),
    ],
)
def test_insertion_over_a_set(one, other, said):
    assert said in insertion.whole_set(["M"], [(one, other)])[0]


def test_insertion_gaps_point_the_same_way():
    rows = [[curves(0.5 + n / 100, 0.1), curves(0.3, 0.2 + n / 100)] for n in range(4)]
    ((shown, hidden),) = insertion.gaps(rows)
    assert shown.mean == pytest.approx(0.215)
    assert hidden.mean == pytest.approx(0.115)
    assert shown.above
    assert hidden.above


@pytest.mark.parametrize(
    ("p", "gap", "said"),
    [
        (0.049, 0.1, "Grad-CAM is less concentrated, beyond chance."),
        (0.049, -0.1, "Grad-CAM is more concentrated, beyond chance."),
        (0.05, 0.1, "differs between right and wrong answers beyond chance"),
        (NAN, 0.1, "Too few photographs"),
    ],
)
def test_what_differs_where_the_model_errs(p, gap, said):
    assert said in right_wrong.finding({"concentration": (gap, p)}, "Grad-CAM")


def test_copies_of_a_photograph_do_not_make_a_difference_sure():
    rng = np.random.default_rng(1)
    own = {name: rng.normal() for name in "abcdef"}
    photographs = [(name,) for name in own for _ in range(20)]
    values = np.array([own[name] + 0.01 * rng.normal() for (name,) in photographs])
    right = np.array([name in "abc" for (name,) in photographs])
    right[::20] ^= True  # every photograph is right and wrong at times
    alone = right_wrong.compared(values, right, [(str(n),) for n in range(len(values))])
    together = right_wrong.compared(values, right, photographs)
    assert alone.low > 0
    assert together.low < 0 < together.high
    assert together.high - together.low > 2 * (alone.high - alone.low)
    assert "6 photographs behind 120 pictures" in right_wrong.counting(photographs)
    assert "Welch" in right_wrong.counting([(str(n),) for n in range(9)])


@pytest.mark.parametrize(
    ("passed", "said"),
    [(9, "The names are guesses: 9 of 472"), (10, "10 of 472 units are named better than")],
)
def test_names_are_guesses_where_hardly_more_pass_than_by_chance(passed, said):
    found = concepts.all_units(472, passed, 4, 10)
    assert found.startswith(said)
    assert "about 5" in found
    assert "10 photographs" in found


@pytest.mark.parametrize(("passed", "said"), [(0, "None of 40 units"), (1, "1 of 40 units overlap")])
def test_units_by_masks(passed, said):
    assert concepts.by_masks(40, passed, passed).startswith(said)


@pytest.mark.parametrize(
    ("good", "photographs", "said"),
    [
        (True, 3, "Unit 1 of a: cat. The name rests on 3 different photographs."),
        (True, 2, "Unit 1 of a: cat, by its answers to 2 different photographs only."),
        (True, 1, "1 photograph only"),
        (False, 9, "the name is a guess: it rests on 9"),
    ],
)
def test_what_a_unit_may_be_called(good, photographs, said):
    assert said in concepts.one_unit("a", 1, "cat", good, photographs)


def off(after="tabby", target=0.2, changed=0):
    return concepts.Off(("tiger cat", after), (0.4, target), changed, 10)


def test_because_is_said_only_where_the_units_and_not_others_carry_the_answer():
    assert "because" in concepts.effect("tiger cat", 3, off())
    assert "because" in concepts.effect("tiger cat", 3, off(changed=1))
    said = concepts.effect("tiger cat", 3, off(changed=2))
    assert "because" not in said
    assert "2 of 10 draws of as many other units change it too: that shows nothing" in said


@pytest.mark.parametrize(("target", "said"), [(0.37, "it does not rest on them alone"), (0.39, "on them.")])
def test_an_answer_that_stays_does_not_rest_on_the_units(target, said):
    found = concepts.effect("tiger cat", 3, off("tiger cat", target))
    assert "the answer stays tiger cat" in found
    assert found.endswith(f"{said.rstrip('.')}.")
    assert "because" not in found


def test_units_that_speak_are_given_with_their_share_and_their_photographs():
    said = concepts.speaking("tiger cat", [("cat", 0.12, 4, True), ("jellyfish", 0.05, 1, False)])
    assert "cat (12\u00a0%; 4 photographs); jellyfish (5.0\u00a0%; a guess, 1 photograph)" in said


PENGUIN, MAGPIE = ClassScore(145, "king penguin", 9.0, 0.96), ClassScore(18, "magpie", 0.0, 0.0004)


def test_overview_names_the_answer_beside_another_class_that_is_shown():
    assert overview.heading([PENGUIN, MAGPIE], PENGUIN) == "Answer: king penguin 96\u00a0%"
    said = "Answer: king penguin 96\u00a0% · shown: magpie < 0.1\u00a0%"
    assert overview.heading([PENGUIN, MAGPIE], MAGPIE) == said


@pytest.mark.parametrize(("second", "near"), [(0.21, True), (0.2, False)])
def test_overview_says_that_the_second_class_follows_closely(second, near):
    scores = [ClassScore(0, "cup", 2.0, 0.4), ClassScore(1, "cat", 1.0, second)]
    said = overview.sentence("Net", scores, "cup", "Grad-CAM", "to the left", 0.2)
    assert said.startswith("Net says cup (40\u00a0%)")
    assert ("closely followed by cat" in said) == near


@pytest.mark.parametrize(
    ("area", "said"),
    [(0.14, "concentrated"), (0.15, "moderately wide"), (0.3, "moderately wide"), (0.31, "spread out")],
)
def test_overview_says_how_wide_a_map_is(area, said):
    assert f"the map is {said}" in overview.sentence("Net", [PENGUIN, MAGPIE], "a", "CAM", "here", area)


@pytest.mark.parametrize(
    ("success", "after", "said"),
    [
        (True, MAGPIE, "PGD turned king penguin (96\u00a0%) into magpie"),
        (False, MAGPIE, "did not reach the class asked for, but the answer changed"),
        (False, PENGUIN, "PGD failed: the answer is still king penguin"),
    ],
)
def test_what_became_of_an_answer_under_attack(success, after, said):
    assert said in adversarial.answer("PGD", PENGUIN, after, success)


@pytest.mark.parametrize(
    ("rank", "said"),
    [
        (0.8, "stayed where it was"),
        (0.79, "changed in part"),
        (0.4, "changed in part"),
        (0.39, "another one"),
        (NAN, "flat"),
    ],
)
def test_what_became_of_a_map_under_attack(rank, said):
    for changed in (True, False):
        found = adversarial.map_moved(MapShift(rank, 0.5, 3.0), changed)
        assert said in found
        if rank == rank:
            stays = "although the answer changed" if rank >= 0.8 else "so did the answer"
            goes = "and so did the answer" if rank >= 0.8 else "although the answer stayed"
            assert (stays if changed else goes) in found


def test_the_distance_of_maxima_that_do_not_exist():
    assert adversarial.maxima(NAN, 224) == "none: a map is flat"
    assert adversarial.maxima(12.4, 224) == "12 of 224 pixels"
    assert adversarial.attacks(0, 0) == "No attack was made."
    assert adversarial.attacks(1, 3) == "1 of 3 attacks succeeded."


@pytest.mark.parametrize(
    ("after", "flipped", "said"),
    [
        ("dog", 1, "what the map shows matters"),
        ("dog", 2, "that is no proof for the map"),
        (None, 0, "so it does at random places"),
        (None, 1, "although it flips at 1 of 5 random places"),
    ],
)
def test_taking_out_is_proof_only_where_random_places_do_not_do_it(after, flipped, said):
    assert said in counterfactual.flip("cat", after, 20, flipped, 5)


@pytest.mark.parametrize(
    ("after", "rarer", "said"),
    [
        (0.34, 0.05, "As expected: 40\u00a0% → 34\u00a0%. Only 5.0\u00a0% of random places"),
        (0.34, 0.0, "None of random places of the same area do as much"),
        (0.34, 0.06, "no more than chance"),
        (0.36, 0.0, "Not as expected: 40\u00a0% → 36\u00a0%. This region alone hardly matters"),
        (0.44, 0.0, "hardly matters"),
        (0.46, 0.0, "Not as expected: 40\u00a0% → 46\u00a0%. None"),
    ],
)
def test_a_guess_about_a_region_is_held_against_random_places(after, rarer, said):
    assert said in counterfactual.region("falls", 0.4, after, rarer)


@pytest.mark.parametrize(
    ("low", "high", "people", "said"),
    [
        (0.01, 1, 3, "lead people to the more accurate network, A, rather than B."),
        (0.0, 1, 3, "favour neither A nor B beyond chance"),
        (-1, 0.0, 3, "favour neither A nor B beyond chance"),
        (-1, -0.01, 3, "lead people astray: to B, rather than the more accurate A."),
        (0.01, 1, 2, "Only 2 people have answered."),
        (NAN, NAN, 1, "One person has answered so far"),
    ],
)
def test_what_a_study_has_found(low, high, people, said):
    assert said in study.finding("A", "B", Summary(0.5, low, high, people, 10))


def test_a_study_that_nobody_has_answered():
    assert study.finding("A", "B", Summary(NAN, NAN, NAN, 0, 0)).startswith("Nobody has answered yet")


@pytest.mark.parametrize(
    ("rank", "said"),
    [
        (0.5, "M hardly changes under a random head: it shows the picture"),
        (0.49, "M changes in part"),
        (0.25, "M changes in part"),
        (0.24, "M changes clearly under a random head"),
        (NAN, "No map can be judged"),
    ],
)
def test_what_random_weights_do_to_maps(rank, said):
    assert trust.badges({"M": rank}, "a random head").startswith(said)


def test_maps_that_fail_come_first():
    said = trust.badges({"A": 0.1, "B": 0.9, "C": 0.8}, "random weights")
    assert said.startswith("B and C hardly change under random weights")
    assert said.endswith("A changes clearly.")


@pytest.mark.parametrize(
    ("left", "said"),
    [(0.5, "M still looks like"), (0.49, "M keeps a part"), (0.24, "nothing is left of M"), (NAN, "flat")],
)
def test_what_a_cascade_leaves(left, said):
    assert said in trust.cascade({"M": left}, True)


@pytest.mark.parametrize(
    ("rank", "said"),
    [(0.9, "is stable: 3"), (0.89, "in part"), (0.7, "in part"), (0.69, "not stable"), (NAN, "flat")],
)
def test_what_seeds_do(rank, said):
    assert said in trust.seeds("M", rank, 3)


@pytest.mark.parametrize(
    ("drop", "said"),
    [
        (0.16, "Ahead of noise"),
        (0.14, "No map is ahead of noise"),
        (0.06, "Hardly to be told"),
        (0.04, "Behind it: M"),
    ],
)
def test_fidelity_is_held_against_noise(drop, said):
    assert said in trust.fidelity({"M": drop}, 0.1)
