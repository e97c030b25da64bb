"""The known-truth range: networks in which the right attribution is known, and each method's error on them.

    from xai_core import known_truth

    known_truth.CASES["linear"].truth              # float64 (12,), the Shapley value of each region
    known_truth.run(CASES["linear"], "grad_cam")   # Ran(row, map)
    known_truth.rows_of("grad_cam")                # the rows that come with the library, or run now
    known_truth.kept().date                        # when those were made

`saliency-lab range` makes the table anew."""

from .case import Case
from .cases import CASES
from .result import Kept, kept, rows_of
from .running import PASSED, Ran, Row, run

__all__ = ["CASES", "PASSED", "Case", "Kept", "Ran", "Row", "kept", "rows_of", "run"]
