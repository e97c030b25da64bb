"""A gate: a region counts only while another one is shown.

    s = ReLU(a + 2 b - 2) + c / 2

a is a red cell, b the blue gate, c a green cell; another red cell is not read. a adds 1 while the gate is
shown and nothing otherwise, and the gate adds 1 while a is shown, so each of the two is worth 1/2. The path
of Integrated Gradients opens the gate at two thirds and gives it 2/3 of the value.
"""

from ..case import Case
from ..hand_set import BLUE, GREEN, RED, Placed, handle_of, squares

KEY = "gated"
UNITS = [({(0, 0, 0): 1.0, (2, 2, 3): 2.0}, -2.0), ({(1, 1, 1): 1.0}, 0.0)]

CASE = Case(
    KEY,
    "Gated",
    "The red square at the top left counts only while the blue square is shown; the green one always counts.",
    lambda: handle_of(KEY, Placed((RED, GREEN, BLUE), UNITS, (1.0, 0.5))),
    lambda: squares({(0, 0): RED, (2, 3): BLUE, (1, 1): GREEN, (1, 2): RED}, "Gated"),
)
