"""A backbone that is blind to the class: the two classes differ in the sign of the last layer alone.

    h_1 = ReLU(4 r + 2 g),   h_2 = ReLU(2 r + 3 g),     s_0 = h_1 - h_2 = 2 r - g,   s_1 = h_2 - h_1

r and g are the red and the green of a cell, summed over all cells. A red cell speaks for class 0 and against
class 1, a green one the other way round, so the truth of one class is the negated truth of the other. Guided
Backprop and DeconvNet keep only positive signals, which come through h_1 for one class and through h_2 for
the other, and light up every square alike for both: they fail the class test.
"""

from ..case import Case
from ..hand_set import GREEN, RED, Pooled, handle_of, squares

KEY = "class_blind"
FEATURES = (4 * RED + 2 * GREEN, 2 * RED + 3 * GREEN)

CASE = Case(
    KEY,
    "Class-blind backbone",
    "A red square speaks for one class and a green one for the other; only the last layer's sign tells them.",
    lambda: handle_of(KEY, Pooled(FEATURES, (1.0, -1.0))),
    lambda: squares({(0, 0): RED, (1, 2): RED, (2, 1): GREEN}, "Class-blind backbone"),
    other=1,
)
