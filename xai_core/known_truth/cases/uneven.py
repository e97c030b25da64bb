"""Gradients that differ from place to place, where Grad-CAM averages them.

    s = 2 a + b - sum of all other places

One channel, red; a and b are lit, a third lit cell is not read, and all other places are dark and count
against the class. The truth is 2 and 1. The mean gradient over all places, (2 + 1 - 9) / 12, is negative, so
Grad-CAM says that both squares speak against the class. HiResCAM keeps the gradient of each place and is
exact.
"""

from ..case import Case
from ..hand_set import COLUMNS, RED, ROWS, Placed, handle_of, squares

KEY = "uneven"
OWN = {(0, 0, 0): 2.0, (0, 1, 2): 1.0, (0, 2, 1): 0.0}
WEIGHTS = {(0, row, column): -1.0 for row in range(ROWS) for column in range(COLUMNS)} | OWN

CASE = Case(
    KEY,
    "Uneven gradients",
    "Two red squares are evidence, but in most other places red would count against the class.",
    lambda: handle_of(KEY, Placed((RED,), [(WEIGHTS, 0.0)])),
    lambda: squares({(0, 0): RED, (1, 2): RED, (2, 1): RED}, "Uneven gradients"),
)
