"""A shortcut: the answer hangs on a faint tag in the corner, and the large object is not read.

    s = 5 t,     t = 0.2

t is the blue tag in the corner; the object, four bright green cells in the middle, has the weight 0. Only
the corner matters. A map of what is strongly active shows the object.
"""

from ..case import Case
from ..hand_set import BLUE, GREEN, Pooled, handle_of, squares

KEY = "corner"
OBJECT = {(row, column): GREEN for row in (0, 1) for column in (1, 2)}

CASE = Case(
    KEY,
    "Shortcut in a corner",
    "The score reads the faint blue tag in the corner alone and never looks at the large green object.",
    lambda: handle_of(KEY, Pooled((GREEN, BLUE), (0.0, 5.0))),
    lambda: squares({**OBJECT, (2, 3): 0.2 * BLUE}, "Shortcut"),
)
