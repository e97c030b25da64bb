"""Every sentence is true of the raw arrays, judged by other code; mirrored and negated maps swap sides."""

import math
import re

import numpy as np
import pytest

from xai_core.studies.clause_kinds import FORMS
from xai_core.studies.clauses import about, parse
from xai_core.types import InputError

# maps; all of them take half a minute on a busy machine
RANDOM = (pytest.param(1_000), pytest.param(10_000, marks=pytest.mark.peers))


def drawn(rng):
    """Maps (n, h, w) of random size, lean and sign, some of them flat; and a region of each."""
    n, h, w = int(rng.integers(1, 6)), int(rng.integers(2, 6)), int(rng.integers(2, 8))
    maps = rng.normal(rng.normal(0, 0.5), 1, (n, h, w))
    maps += rng.normal(0, 1) * np.linspace(-1, 1, w)
    if rng.random() < 0.05:
        maps[0] = 0
    regions = rng.random((n, h, w)) < rng.random()
    if rng.random() < 0.5:
        maps += rng.normal(0, 2) * regions
    return maps, regions


def interval(values):
    """The mean with Student's interval, in plain loops: other code than the clauses use."""
    from scipy.stats import t

    kept = [float(v) for v in values if not math.isnan(v)]
    if not kept:
        return math.nan, math.nan, math.nan
    mean = sum(kept) / len(kept)
    if len(kept) == 1:
        return mean, mean, mean
    if len(kept) == 2:
        return mean, math.nan, math.nan
    variance = sum((v - mean) ** 2 for v in kept) / (len(kept) - 1)
    half = t.ppf(0.975, len(kept) - 1) * math.sqrt(variance / len(kept))
    return mean, mean - half, mean + half


def share(numbers, chosen):
    whole = sum(numbers)
    return sum(v for v, yes in zip(numbers, chosen, strict=True) if yes) / whole if whole else math.nan


def judged_on(maps, regions):
    """What may be said about maps and regions, from loops over pixels."""
    shares, gaps = [], []
    for values, region in zip(maps, regions, strict=True):
        positive = [max(float(v), 0.0) for v in values.ravel()]
        inside = share(positive, region.ravel())
        shares.append(inside)
        gaps.append(inside - region.sum() / region.size)
    (_, low, _), (_, down, up) = interval(shares), interval(gaps)
    if down > 0:
        return "Most of" if low > 0.5 else "More of"
    return "Less of" if up < 0 else "It is not decided"


def judged_side(maps):
    left = []
    for values in maps:
        w = values.shape[1]
        positive = np.maximum(values, 0)
        a, b = positive[:, : w // 2].sum(), positive[:, w - w // 2 :].sum()
        left.append(a / (a + b) if a + b else math.nan)
    _, low, high = interval(left)
    return "left half" if low > 0.5 else "right half" if high < 0.5 else "It is not decided"


def judged_sign(maps):
    favour = [share([abs(v) for v in m.ravel()], [v > 0 for v in m.ravel()]) for m in maps]
    _, low, high = interval(favour)
    return "speaks for" if low > 0.5 else "speaks against" if high < 0.5 else "It is not decided"


def jackknife(values, group, photographs):
    """The difference of the two means with the interval of leaving photographs out, in plain loops."""
    from scipy.stats import t

    def gap(without):
        kept = [(v, g) for v, g, p in zip(values, group, photographs, strict=True) if p != without]
        inside, outside = [v for v, g in kept if g], [v for v, g in kept if not g]
        if not inside or not outside:
            return math.nan
        return sum(inside) / len(inside) - sum(outside) / len(outside)

    theta, count = gap(None), len(set(photographs))
    left = [gap(one) for one in sorted(set(photographs))]
    if count < 3 or any(math.isnan(one) for one in left):
        return theta, math.nan, math.nan
    mean = sum(left) / count
    error = math.sqrt((count - 1) / count * sum((one - mean) ** 2 for one in left))
    half = t.ppf(0.975, count - 1) * error
    return theta, theta - half, theta + half


def grouped(maps):
    """Numbers in two groups. Where there are ten, two of them are of one photograph."""
    values = np.concatenate([maps[:, 0, 0], maps[:, -1, -1]])
    group = np.arange(len(values)) < len(maps)
    photographs = np.arange(len(values))
    if len(maps) > 4:
        photographs[1] = photographs[0]
    return values, group, photographs


def sentences(maps, regions):
    """One clause of each kind about the maps, with the arrays that it is about and what others say."""
    a, b = maps.mean((1, 2)), maps[:, 0, 0]
    _, low, high = interval(a - b)
    larger = "is larger for" if low > 0 else "is smaller for" if high < 0 else "It is not decided"
    values, group, photographs = grouped(maps)
    _, down, up = jackknife(values, group, photographs)
    apart = "is larger in" if down > 0 else "is smaller in" if up < 0 else "It is not decided"
    words = {"measure": "the mean", "one": "these", "other": "those"}
    grouping = (values, group, photographs, np.array(1))
    return (
        (
            about("on", {"what": "the map", "where": "the dog"}, maps, regions),
            (maps, regions),
            judged_on(maps, regions),
        ),
        (about("side", {"what": "the map"}, maps), (maps,), judged_side(maps)),
        (about("sign", {"what": "the map", "name": "tiger cat"}, maps), (maps,), judged_sign(maps)),
        (about("larger", {"measure": "the mean", "one": "all", "other": "the corner"}, a, b), (a, b), larger),
        (about("apart", words, *grouping), grouping, apart),
    )


def numbers_of(text):
    return [float(n.replace("−", "-")) for n in re.findall(r"−?\d+(?:\.\d+)?", text)]


@pytest.mark.parametrize("maps_in_all", RANDOM)
def test_no_sentence_about_random_maps_is_untrue(maps_in_all):
    rng = np.random.default_rng(0)
    said = dict.fromkeys((kind, n) for kind in FORMS for n in range(len(FORMS[kind].statements)))
    count = 0
    while count < maps_in_all:
        maps, regions = drawn(rng)
        count += len(maps)
        for clause, arrays, judged in sentences(maps, regions):
            read = parse(clause.text)
            assert read == clause.said
            assert read.true_of(*arrays), clause.text
            assert judged in clause.text, (clause.text, judged)
            said[read.kind, read.statement] = clause.text
    assert all(said.values()), said  # every statement was met


def test_a_mirrored_picture_swaps_left_and_right():
    rng = np.random.default_rng(1)
    swap = {"left": "right", "right": "left"}
    for _ in range(500):
        maps, _ = drawn(rng)
        plain, mirrored = (about("side", {"what": "the map"}, m) for m in (maps, maps[:, :, ::-1]))
        if plain.decided:
            assert mirrored.text == re.sub("left|right", lambda found: swap[found[0]], plain.text)
        else:
            assert not mirrored.decided


def test_a_negated_map_swaps_for_and_against():
    rng = np.random.default_rng(2)
    swapped = {0: 1, 1: 0, 2: 2}
    for _ in range(500):
        maps, _ = drawn(rng)
        words = {"what": "the map", "name": "tiger cat"}
        plain, negated = (about("sign", words, m) for m in (maps, -maps))
        assert negated.said.statement == swapped[plain.said.statement]
        if plain.decided:
            assert numbers_of(plain.text) == numbers_of(negated.text)


def test_the_example_by_hand():
    maps = np.zeros((1, 2, 4))
    maps[0, 0] = [3, 1, 0, -9]
    region = np.zeros((1, 2, 4), bool)
    region[0, 0, 0] = True
    clause = about("on", {"what": "the map", "where": "the dog"}, maps, region)
    assert clause.text == "Most of the map lies on the dog: 75\u00a0%, a random map 12\u00a0%."
    assert dict(clause.numbers)["gap"].value == 0.75 - 0.125


def test_a_false_sentence_is_found_out():
    maps = np.full((3, 2, 4), 0.1)
    maps[:, :, 2:] = 1 + np.arange(3)[:, None, None] / 9
    clause = about("side", {"what": "the map"}, maps)
    assert clause.text.startswith("More of the map lies in the right half: 9")
    assert not parse(clause.text.replace("right", "left")).true_of(maps)
    assert not parse(re.sub(r": \d\d", ": 51", clause.text)).true_of(maps)
    assert not clause.said.true_of(maps[:, :, ::-1])


def test_two_pictures_decide_nothing():
    maps = np.zeros((2, 2, 4))
    maps[:, :, 0] = 1
    assert not about("side", {"what": "the map"}, maps).decided
    assert about("side", {"what": "the map"}, maps[:1]).decided


def test_two_groups_by_hand():
    values, group = np.array([5.0, 5, 5, 1, 1, 1]), np.arange(6) < 3
    words = {"measure": "the size", "one": "the first", "other": "the last"}
    alone, pairs = np.arange(6), np.array([0, 0, 0, 1, 1, 1])
    clause = about("apart", words, values, group, alone, np.array(1))
    assert clause.text.startswith(
        "On average the size is larger in the first than in the last: 5.000 against 1.000"
    )
    assert not about("apart", words, values, group, pairs, np.array(1)).decided  # two photographs alone
    values += np.array([0, 2, 4, 0, 2, 4])
    gaps = [dict(about("apart", words, values, group, alone, np.array(n)).numbers)["gap"] for n in (1, 4)]
    assert gaps[0].value == gaps[1].value == 4
    assert gaps[1].low < gaps[0].low < 4 < gaps[0].high < gaps[1].high


def test_a_map_without_a_value_is_not_spoken_about():
    clause = about("side", {"what": "the map"}, np.zeros((1, 2, 4)))
    assert clause.text == "It is not decided in which half more of the map lies: no value in the left one."


@pytest.mark.parametrize("word", ["a: b", "the map lies on x: 3", "the map; y"])
def test_words_that_blur_the_sentence_are_refused(word):
    with pytest.raises(InputError, match="make no sentence that is clear"):
        about("side", {"what": word}, np.ones((1, 2, 4)))


def test_bad_input_is_named():
    with pytest.raises(InputError, match="no kind of clause 'over'; there are on, side, sign, larger, apart"):
        about("over", {}, np.ones((1, 2, 4)))
    with pytest.raises(InputError, match="has the words what; given are none"):
        about("side", {}, np.ones((1, 2, 4)))
    with pytest.raises(InputError, match=r"maps are \(1, 2, 4\) and the regions \(1, 4, 2\)"):
        about("on", {"what": "a", "where": "b"}, np.ones((1, 2, 4)), np.ones((1, 4, 2), bool))
    words = {"measure": "a", "one": "b", "other": "c"}
    with pytest.raises(InputError, match=r"numbers are \(3,\), the group \(2,\) and the photographs \(3,\)"):
        about("apart", words, np.ones(3), np.ones(2, bool), np.arange(3), np.array(1))
    with pytest.raises(InputError, match="is no sentence of a clause"):
        parse("The network saw a dog.")
