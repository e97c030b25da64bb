"""Numbers of a study against what can be worked out by hand."""

import math
from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest

from xai_core.trust_study import (
    alpha,
    by_method,
    distribution,
    questions,
    raters_needed,
    score_table,
    spread,
    summary,
)

from .conftest import MODELS, a_study, answers_in_favour


def table(scores: dict[int, list[int]]) -> pd.DataFrame:
    return score_table(
        a_study(count=len(scores[0])), answers_in_favour(a_study(count=len(scores[0])), scores)
    )


@pytest.mark.parametrize("accuracy", [(0.8, 0.9), (0.9, 0.8)])
def test_a_score_is_positive_where_it_favours_the_more_accurate_model(accuracy):
    study = a_study(accuracy=accuracy, count=4)
    better = MODELS[1] if accuracy[1] > accuracy[0] else MODELS[0]
    for person in (0, 1):
        for q in questions(study, person):
            answers = pd.DataFrame(
                [(person, "Ada", q.number, 2, 0.0)],
                columns=["participant", "name", "question", "value", "given"],
            )
            (line,) = score_table(study, answers).itertuples()  # the right one, clearly
            assert line.score == (2 if line.right == better else -2)
            assert {line.left, line.right} == set(MODELS)
            assert (line.left == study.models[q.left], line.value) == (True, 2)
            assert (line.picture, line.method) == (q.picture.name, q.method)


def test_the_mean_and_its_interval():
    """Two people whose own means are 0 and 1, with two answers each: drawn are (0, 0), (0, 1), (1, 0), (1, 1)
    with means 0, 1/2, 1/2, 1, so that 2.5 % and 97.5 % of the draws lie at 0 and at 1."""
    found = summary(table({0: [-2, 2], 1: [1, 1]}))
    assert (found.mean, found.low, found.high) == (0.5, 0.0, 1.0)
    assert (found.participants, found.answers) == (2, 4)


def test_the_interval_is_that_of_all_draws_counted_out():
    scores = {0: [2, 1, 2], 1: [0, 1, 0], 2: [-1, 0, 1], 3: [2, 2, 2], 4: [-2, 1, 1]}
    found = summary(table(scores), seed=1)
    means = [np.mean([scores[p] for p in drawn]) for drawn in product(range(5), repeat=5)]  # all 3125
    low, high = np.quantile(means, [0.025, 0.975])
    assert found.mean == pytest.approx(np.mean(list(scores.values())))
    assert found.low == pytest.approx(low, abs=0.1)
    assert found.high == pytest.approx(high, abs=0.1)
    assert summary(table(scores), seed=1) == found


def test_people_are_drawn_not_answers():
    """Ten answers of one person that are all the same say as much as one."""
    many = summary(table({0: [2] * 10, 1: [0] * 10, 2: [1] * 10}))
    few = summary(table({0: [2], 1: [0], 2: [1]}))
    assert (many.mean, many.low, many.high) == (few.mean, few.low, few.high)


def test_too_few_to_say():
    none = summary(table({0: [1]}).iloc[:0])
    assert (math.isnan(none.mean), none.participants, none.answers) == (True, 0, 0)
    one = summary(table({0: [1, 2]}))
    assert (one.mean, math.isnan(one.low), math.isnan(one.high)) == (1.5, True, True)
    assert raters_needed(table({0: [1, 2]}), 0.5) is None


def test_the_distribution_counts_all_five():
    assert distribution(table({0: [2, 2, -1, 0], 1: [2, -1, 0, 0]})) == {-2: 0, -1: 2, 0: 3, 1: 0, 2: 3}


def test_means_and_variances():
    scores = table({0: [2, 0, 1, -1], 1: [1, 1, 1, 1]})
    people = spread(scores, "participant").set_index("participant")
    assert people["mean"].to_dict() == {0: 0.5, 1: 1.0}
    assert people["variance"].to_dict() == {0: pytest.approx(5 / 3), 1: 0.0}
    pictures = spread(scores, "picture")
    assert pictures["answers"].sum() == 8
    for line in pictures.itertuples():
        own = scores.loc[scores["picture"] == line.picture, "score"]
        assert line.mean == pytest.approx(own.mean())
        assert line.variance == pytest.approx(((own - own.mean()) ** 2).sum() / (len(own) - 1))
    methods = by_method(scores)
    assert set(methods) == {"grad_cam", "guided_backprop"}
    assert methods["grad_cam"].mean == scores.loc[scores["method"] == "grad_cam", "score"].mean()
    assert sum(found.answers for found in methods.values()) == 8


def ordinal_alpha(units: list[list[int]]) -> float:
    """Krippendorff's alpha from its definition: 1 - observed / expected disagreement, the distance of two
    values being the number of answers that lie between them, half of those at the ends."""
    units = [unit for unit in units if len(unit) > 1]
    values = [value for unit in units for value in unit]
    count = {value: values.count(value) for value in set(values)}

    def distance(a: int, b: int) -> float:
        low, high = min(a, b), max(a, b)
        between = sum(n for value, n in count.items() if low <= value <= high)
        return (between - (count[a] + count[b]) / 2) ** 2

    observed = sum(sum(distance(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    expected = sum(distance(a, b) for a, b in permutations(values, 2)) / (len(values) - 1)
    return 1 - observed / expected


def test_agreement_between_raters():
    scores = {0: [2, 1, -1, 0, 2, -2], 1: [2, 0, -1, 1, 2, -1], 2: [1, 1, -2, 0, 2, -2]}
    assert alpha(table(scores)) == pytest.approx(
        ordinal_alpha([list(u) for u in zip(*scores.values(), strict=True)])
    )
    assert alpha(table({0: [2, -1, 0], 1: [2, -1, 0]})) == pytest.approx(1.0)
    opposed = {0: [2, -2, 2, -2], 1: [-2, 2, -2, 2]}
    assert alpha(table(opposed)) == pytest.approx(ordinal_alpha([[2, -2], [-2, 2]] * 2))
    assert alpha(table(opposed)) < 0


def test_agreement_with_answers_missing():
    """The third person answered two questions only, the last question has one answer."""
    study = a_study(count=4)
    answers = answers_in_favour(study, {0: [2, 0, -1, 1], 1: [2, 1, -1], 2: [1, 0]})
    assert alpha(score_table(study, answers)) == pytest.approx(
        ordinal_alpha([[2, 2, 1], [0, 1, 0], [-1, -1], [1]])
    )


@pytest.mark.parametrize("scores", [{0: [1, 2]}, {0: [1, 1], 1: [1, 1]}])
def test_agreement_that_cannot_be_told(scores):
    assert math.isnan(alpha(table(scores)))


def test_agreement_without_an_answer():
    assert math.isnan(alpha(table({0: [1]}).iloc[:0]))


def test_how_many_raters_are_needed():
    """Means 0 and 1: s = sqrt(1/2); width 0.5 needs (2 * 1.96 * 0.7071 / 0.5)^2 = 30.7 people."""
    scores = table({0: [-2, 2], 1: [1, 1]})
    assert raters_needed(scores, 0.5) == 31
    assert raters_needed(scores, 1.0) == 8
    assert raters_needed(table({0: [1, 1], 1: [1, 1]}), 0.5) == 2
