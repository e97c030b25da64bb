"""What a study asks: the same for the same seed, balanced, and only what both models get right."""

from collections import Counter

import pytest

import xai_core as xai
from xai_core.trust_study import Study, eligible, questions

from .conftest import a_study


def test_the_same_seed_asks_the_same_and_another_something_else():
    assert questions(a_study(), 4) == questions(a_study(), 4)
    assert questions(a_study(seed=8), 4) != questions(a_study(), 4)


@pytest.mark.parametrize("count", [1, 5, 6, 12, 13])
def test_pictures_methods_and_sides_are_balanced(count):
    study = a_study(count=count)
    asked = questions(study)
    assert sorted(q.number for q in asked) == list(range(count))
    for kind, options in (("picture", 3), ("method", 2), ("left", 2)):
        counts = Counter(getattr(q, kind) for q in asked)
        assert max(counts.values()) - min(counts.get(key, 0) for key in counts) <= 1
        assert len(counts) == min(count, options)
    pairs = Counter((q.picture, q.method) for q in asked)
    assert max(pairs.values()) == -(-count // 6)


def test_all_are_asked_the_same_and_neighbours_see_opposite_sides():
    study = a_study()
    by_person = [{q.number: q for q in questions(study, person)} for person in range(6)]
    for number in range(12):
        assert len({(p[number].picture, p[number].method) for p in by_person}) == 1
        for one, other in ((0, 1), (2, 3), (4, 5)):
            assert by_person[one][number].left == 1 - by_person[other][number].left
    assert len({tuple(q.number for q in questions(study, person)) for person in range(6)}) == 6
    assert len({tuple(p[n].left for n in range(12)) for p in by_person}) > 2


def test_a_study_survives_its_text():
    for study in (a_study(), a_study(expires=5.0, guess_first=True)):
        assert Study.from_json(study.to_json()) == study


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": " "}, "The title has 1 characters"),
        ({"title": "x" * 121}, "121 characters"),
        ({"models": ("a", "a")}, "Both models are a"),
        ({"accuracy": (0.5, 0.5)}, "The accuracies are 0.5 and 0.5"),
        ({"accuracy": (0.5, 50.0)}, "two different shares"),
        ({"accuracy": (float("nan"), 0.5)}, "two different shares"),
        ({"methods": ()}, "The methods are"),
        ({"methods": ("tea_leaves",)}, "tea_leaves"),
        ({"pictures": ()}, "no picture that both models get right"),
        ({"count": 0}, "0 questions are asked for"),
        ({"count": 201}, "1 to 200 are accepted"),
    ],
)
def test_what_cannot_be_asked(change, said):
    with pytest.raises(xai.InputError, match=said):
        a_study(**change)


def test_only_what_both_models_get_right(lite0, chelsea):
    lite2 = xai.load_model("efficientnet_lite2", device="cpu")
    both = tuple(xai.predict(handle, chelsea, 1000) for handle in (lite0, lite2))
    assert [scores[0].index for scores in both] == [282, 285], "two right answers for one cat"
    picture = eligible(both, "chelsea", "Chelsea", (281, 282, 285))
    given = [{s.index: s.probability for s in scores} for scores in both]
    weaker = {index: min(by_class[index] for by_class in given) for index in (281, 282, 285)}
    assert picture.target == max(weaker, key=weaker.get)
    assert (picture.key, picture.name, picture.label) == ("chelsea", "Chelsea", lite0.labels[picture.target])
    assert eligible(both, "chelsea", "Chelsea", (282,)) is None
    assert eligible(both, "chelsea", "Chelsea", ()) is None


def test_models_of_different_classes_are_not_compared():
    cat, dog = (xai.ClassScore(0, name, 1.0, 1.0) for name in ("cat", "dog"))
    with pytest.raises(xai.InputError, match="two models of the same classes"):
        eligible(((cat,), (dog,)), "a", "a", (0,))
