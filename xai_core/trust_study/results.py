"""What people said: how far they favour the more accurate model, how sure that is, and whether they agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .design import VALUES, Study, questions

RESAMPLES = 2000
LEVEL = 0.95


def score_table(study: Study, answers: pd.DataFrame) -> pd.DataFrame:
    """A line for each answer: participant, name, question, picture, label, method, left and right (models),
    value as given, score (-2..2, positive where it favours the more accurate model), given (UTC)."""
    asked = {
        number: {q.number: q for q in questions(study, number)} for number in set(answers["participant"])
    }
    lines = []
    for row in answers.to_dict("records"):
        q, value = asked[row["participant"]][row["question"]], row["value"]
        score = value if study.better != q.left else -value  # a positive value favours the right one
        sides = (study.models[q.left], study.models[1 - q.left])
        lines.append(
            (
                row["participant"],
                row["name"],
                row["question"],
                q.picture.name,
                q.picture.label,
                q.method,
                *sides,
                value,
                score,
                pd.Timestamp(row["given"], unit="s", tz="UTC"),
            )
        )
    columns = ["participant", "name", "question", "picture", "label", "method", "left", "right", "value"]
    return pd.DataFrame(lines, columns=[*columns, "score", "given"])


@dataclass(frozen=True)
class Summary:
    """The mean score and the 95 % interval of it; `low` and `high` are NaN with fewer than two participants,
    all three without an answer."""

    mean: float
    low: float
    high: float
    participants: int
    answers: int


def summary(scores: pd.DataFrame, seed: int = 0) -> Summary:
    """The mean of all scores, with a percentile bootstrap that draws whole participants: answers of one
    person are not independent (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 8)."""
    by_person = scores.groupby("participant")["score"].agg(["sum", "size"]).to_numpy(np.float64)
    people = len(by_person)
    if not people:
        return Summary(math.nan, math.nan, math.nan, 0, 0)
    low = high = math.nan
    if people > 1:
        drawn = np.random.default_rng(seed).integers(people, size=(RESAMPLES, people))
        sums, counts = by_person[drawn].sum(1).T
        low, high = np.quantile(sums / counts, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Summary(float(scores["score"].mean()), float(low), float(high), people, len(scores))


def by_method(scores: pd.DataFrame, seed: int = 0) -> dict[str, Summary]:
    """The summary of each method's answers."""
    return {str(method): summary(part, seed) for method, part in scores.groupby("method", sort=False)}


def distribution(scores: pd.DataFrame) -> dict[int, int]:
    """How often each score from -2 to 2 was given."""
    return {value: int((scores["score"] == value).sum()) for value in VALUES}


def spread(scores: pd.DataFrame, by: str) -> pd.DataFrame:
    """For each participant or each picture (`by`): mean, variance (of the sample, NaN for one answer) and
    number of answers."""
    found = scores.groupby(by, sort=False)["score"].agg(["mean", "var", "size"]).reset_index()
    return found.rename(columns={"var": "variance", "size": "answers"})


def alpha(scores: pd.DataFrame) -> float:
    """Krippendorff's alpha on the ordinal scale, at most 1: 1 is full agreement, 0 what chance gives. NaN
    where no question has two answers, or where all answers that can be paired are the same (Krippendorff,
    Content Analysis, 2004, chapter 11)."""
    import krippendorff

    raters = scores.pivot(index="participant", columns="question", values="score").to_numpy(np.float64)
    paired = raters[:, (~np.isnan(raters)).sum(0) > 1]
    if len(np.unique(paired[~np.isnan(paired)])) < 2:
        return math.nan
    return float(krippendorff.alpha(paired, level_of_measurement="ordinal", value_domain=list(VALUES)))


def raters_needed(scores: pd.DataFrame, width: float) -> int | None:
    """How many participants make the 95 % interval of the mean at most `width` wide, if they differ as those
    so far do: ceil((2 z s / width)^2) with s the standard deviation of their own means, at least 2. None with
    fewer than two participants."""
    means = scores.groupby("participant")["score"].mean()
    if len(means) < 2:
        return None
    z = 1.959964
    return max(2, math.ceil((2 * z * float(means.std()) / width) ** 2))
