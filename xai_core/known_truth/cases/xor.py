"""Exclusive or: each of two regions is evidence alone, and together they are none.

    s = XOR(a, b) + c,     XOR(a, b) = ReLU(a + b) - 2 ReLU(a + b - 1)

a and b are red cells, c is a green one; another red and another green cell are not read. Each of a and b adds
1 when it is shown first and takes 1 away when it is shown second, so both are worth 0, and c is worth 1. What
changes one region at a time, or follows the gradient at the picture, sees only the second half of that.
"""

from ..case import Case
from ..hand_set import GREEN, RED, Placed, handle_of, squares

KEY = "xor"
PAIR = {(0, 0, 1): 1.0, (0, 2, 2): 1.0}
UNITS = [(PAIR, 0.0), (PAIR, -1.0), ({(1, 1, 0): 1.0}, 0.0)]

CASE = Case(
    KEY,
    "Exclusive or",
    "Each of two red squares is evidence alone and together they are none; the green square always counts.",
    lambda: handle_of(KEY, Placed((RED, GREEN), UNITS, (1.0, -2.0, 1.0))),
    lambda: squares({(0, 1): RED, (2, 2): RED, (1, 0): GREEN, (0, 3): RED, (1, 2): GREEN}, "Exclusive or"),
)
