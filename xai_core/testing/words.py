"""What a check found, in sentences. Each says first whether the control was beaten, and then the numbers."""

from __future__ import annotations

from ._check import LIKE, Check
from .gate import counted
from .judging import BROKEN, FAIL, HOLDS, PASS, REFUSED, UNDECIDED, Finding
from .kinds import find_kind
from .running import Result

VERDICTS = {PASS: "Passed", FAIL: "Failed", UNDECIDED: "Undecided", REFUSED: "Refused"}


def headline(result: Result) -> str:
    """The verdict and how many pictures it took, what became of the controls, and the answer."""
    after = "" if result.verdict == REFUSED else f" after {counted(result.looked)}"
    return f"{VERDICTS[result.verdict]}{after}. {answered(result)}"


def answered(result: Result) -> str:
    """What became of the controls, and the answer to the check's question."""
    asked = question(result.check)
    if result.verdict == REFUSED:
        return f"{result.gate.sentence} So the map cannot answer: {asked[0].lower()}{asked[1:]}"
    answer = {PASS: "Yes", FAIL: "No", UNDECIDED: "Not settled"}[result.verdict]
    return " ".join(filter(None, [control_sentence(result), asked, f"{answer}."]))


def question(check: Check) -> str:
    """What the check asks."""
    return find_kind(check.kind).asks


def control_sentence(result: Result) -> str:
    """Whether the controls were beaten; "" for a check without one."""
    said = []
    for found in result.findings:
        name = found.claim.control
        if not name:
            continue
        how = {HOLDS: f"The map beats {name}", BROKEN: f"The map does not beat {name}"}.get(
            found.state, f"The map cannot be told apart from {name}"
        )
        if how not in said:
            said.append(how)
    return ". ".join(said) + "." if said else ""


def claim_sentence(found: Finding) -> str:
    """A claim, what became of it, and its numbers."""
    claim = found.claim
    asked = f"{'larger' if claim.above else 'smaller'} than {number(claim.limit)}"
    start = f"{claim.noun[0].upper()}{claim.noun[1:]}"
    if found.mean != found.mean:
        return f"{start}: no picture was measured; {asked} was asked for."
    values = f"{number(found.mean)} on average, interval {number(found.low)} to {number(found.high)}"
    settled = {
        HOLDS: f"it is settled that it is {asked}",
        BROKEN: f"it is settled that it is not {asked}",
    }.get(found.state, f"whether it is {asked} is not settled")
    return f"{start}: {values}; {settled}."


def about_sentence(result: Result) -> str:
    """For which pictures the verdict stands, and how sure it is."""
    check, units = result.check, result.units
    chance = f"{100 * (1 - check.confidence):.3g} %"
    sure = f"The verdict is wrong with a probability of at most {chance}, however early it stops"
    if check.about == LIKE:
        return f"{sure}. It stands for all pictures of the kind that these were drawn from."
    return f"{sure}. It stands for these {counted(len(units.examples))} and no others."


def left_out(result: Result) -> list[str]:
    """What was not looked at, or has no numbers, and what that means."""
    units, said = result.units, []
    if units.shared:
        said.append(
            f"{counted(units.shared)} {_are(units.shared)} left out, because they share a photograph with "
            "another one and do not speak independently."
        )
    if units.unboxed:
        said.append(f"{counted(units.unboxed)} {_are(units.unboxed)} left out for want of a box.")
    lost = result.looked - result.measured
    if lost:
        how = (
            "left out"
            if result.check.about == LIKE
            else "counted as the worst and as the best that they can be"
        )
        said.append(f"{counted(lost)} could not be measured and {_are(lost)} {how}.")
    return said


def advice(result: Result) -> str:
    """What may settle an undecided check; "" for a settled one."""
    if result.verdict != UNDECIDED:
        return ""
    if result.check.limit is not None and result.looked == result.check.limit:
        return "A larger limit may settle it."
    return "More pictures may settle it."


def number(value: float) -> str:
    """A number with sensible digits and a true minus."""
    return f"{value:.3f}".replace("-", "−")


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
