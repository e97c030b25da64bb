"""What a trust study has found so far, in words."""

from __future__ import annotations

from xai_core.trust_study import Summary

NEEDED = 3  # people, from whom on an interval is a finding and not an example


def finding(better: str, worse: str, total: Summary) -> str:
    """`better` and `worse` are the networks with where their accuracy comes from; scores are positive where
    people lean to the better one."""
    trust = f"{better} is the one to trust, {worse} the other."
    if not total.answers:
        return f"Nobody has answered yet. {trust}"
    if total.low != total.low:
        return f"One person has answered so far. {trust}"
    if total.low <= 0 <= total.high:
        return f"So far people favour neither {better} nor {worse} beyond chance."
    few = f" Only {total.participants} people have answered." if total.participants < NEEDED else ""
    if total.low > 0:
        return f"The maps lead people to the more accurate network, {better}, rather than {worse}.{few}"
    return f"The maps lead people astray: to {worse}, rather than the more accurate {better}.{few}"
