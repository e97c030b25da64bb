from . import words
from ._check import Check
from ._kind import Claim, Kind
from .asserts import (
    CheckFailed,
    CheckUndecided,
    assert_faithful,
    assert_ignores,
    assert_looks_at,
    assert_robust,
    assert_same_map_after,
    asserted,
)
from .confidence import ConfidenceSequence
from .judging import FAIL, PASS, REFUSED, UNDECIDED, Finding, Judge
from .kinds import KINDS
from .running import Result, run
from .spec import Spec, check_of, read_spec

__all__ = [
    "FAIL",
    "KINDS",
    "PASS",
    "REFUSED",
    "UNDECIDED",
    "Check",
    "CheckFailed",
    "CheckUndecided",
    "Claim",
    "ConfidenceSequence",
    "Finding",
    "Judge",
    "Kind",
    "Result",
    "Spec",
    "assert_faithful",
    "assert_ignores",
    "assert_looks_at",
    "assert_robust",
    "assert_same_map_after",
    "asserted",
    "check_of",
    "read_spec",
    "run",
    "words",
]
