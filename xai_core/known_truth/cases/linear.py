"""A linear network: every region adds its weight, whatever the others show.

    s = 2 a + 2.5 b - c + 0.5 g,     a = c = g = 1,  b = 0.4

a, b, c are red cells, g is a green one; a fourth red cell has the weight 0, and a dark cell the weight 2. The
truth is each cell's own term: 2, 1, -1 and 0.5. Input times gradient, Integrated Gradients and DeepLIFT
compute it exactly. The gradient alone does not know how bright a cell is.
"""

from ..case import Case
from ..hand_set import GREEN, RED, Placed, handle_of, squares

KEY = "linear"
WEIGHTS = {(0, 0, 1): 2.0, (0, 1, 2): 2.5, (0, 2, 0): -1.0, (1, 2, 3): 0.5, (0, 1, 0): 2.0}

CASE = Case(
    KEY,
    "Linear",
    "Every square adds its own weight to the score, one of them a negative one, and one square adds nothing.",
    lambda: handle_of(KEY, Placed((RED, GREEN), [(WEIGHTS, 0.0)])),
    lambda: squares({(0, 1): RED, (1, 2): 0.4 * RED, (2, 0): RED, (0, 3): RED, (2, 3): GREEN}, "Linear"),
)
