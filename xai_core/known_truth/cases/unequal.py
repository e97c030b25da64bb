"""Two regions of evidence, one worth three times the other.

    s = 7.5 a + b,     a = 0.4,  b = 1

a is a red cell, b a green one; a blue cell has the weight 0. The truth is 3 and 1. The network ends in a mean
over all places and a linear layer, which is what class activation maps assume, and CAM and Grad-CAM are
exact.
"""

from ..case import Case
from ..hand_set import BLUE, GREEN, RED, Pooled, handle_of, squares

KEY = "unequal"

CASE = Case(
    KEY,
    "Unequal evidence",
    "The red square is worth three times the green one, and the blue one nothing.",
    lambda: handle_of(KEY, Pooled((RED, GREEN, BLUE), (7.5, 1.0, 0.0))),
    lambda: squares({(0, 0): 0.4 * RED, (2, 2): GREEN, (1, 3): BLUE}, "Unequal evidence"),
)
