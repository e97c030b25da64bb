"""Saturation: either of two regions is enough, so that the gradient of both is zero.

    s = min(1, a + b) + c / 2,     min(1, a + b) = ReLU(a + b) - ReLU(a + b - 1)

a and b are red cells, c is a green one; another red cell is not read. Whichever of a and b is shown first
adds 1 and the second adds nothing, so each is worth 1/2. Hiding one of them changes nothing, and the gradient
at the picture is that of c alone.
"""

from ..case import Case
from ..hand_set import GREEN, RED, Placed, handle_of, squares

KEY = "saturated"
PAIR = {(0, 0, 2): 1.0, (0, 2, 1): 1.0}
UNITS = [(PAIR, 0.0), (PAIR, -1.0), ({(1, 1, 3): 1.0}, 0.0)]

CASE = Case(
    KEY,
    "Saturated",
    "Either of two red squares is enough, so that losing one changes nothing; the green one adds a half.",
    lambda: handle_of(KEY, Placed((RED, GREEN), UNITS, (1.0, -1.0, 0.5))),
    lambda: squares({(0, 2): RED, (2, 1): RED, (1, 3): GREEN, (0, 0): RED}, "Saturated"),
)
