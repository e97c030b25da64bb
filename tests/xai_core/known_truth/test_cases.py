"""Each hand-set case: its network against a formula written here, and its truth worked out by hand."""

import numpy as np
import pytest
import torch

from xai_core.inputs.shapes import drawing
from xai_core.known_truth import CASES
from xai_core.known_truth.cases import registry
from xai_core.known_truth.drawn import KEY, OTHER, OWN

# score of class 0 from the red, green and blue of the cells, each (3, 4) and 1 where fully lit
FORMULAS = {
    "linear": lambda r, g, b: 2 * r[0, 1] + 2.5 * r[1, 2] - r[2, 0] + 2 * r[1, 0] + 0.5 * g[2, 3],
    "unequal": lambda r, g, b: 7.5 * r.sum() + g.sum(),
    "gated": lambda r, g, b: max(0, r[0, 0] + 2 * b[2, 3] - 2) + g[1, 1] / 2,
    "xor": lambda r, g, b: r[0, 1] + r[2, 2] - 2 * max(0, r[0, 1] + r[2, 2] - 1) + g[1, 0],
    "saturated": lambda r, g, b: min(1, r[0, 2] + r[2, 1]) + g[1, 3] / 2,
    "uneven": lambda r, g, b: 2 * r[0, 0] + r[1, 2] - (r.sum() - r[0, 0] - r[1, 2] - r[2, 1]),
    "corner": lambda r, g, b: 5 * b.sum(),
    "class_blind": lambda r, g, b: (4 * r + 2 * g).sum() - (2 * r + 3 * g).sum(),
}
TRUTHS = {  # region = 4 row + column
    "linear": {1: 2, 6: 1, 8: -1, 11: 0.5},
    "unequal": {0: 3, 10: 1},
    "gated": {0: 0.5, 11: 0.5, 5: 0.5},
    "xor": {4: 1},
    "saturated": {2: 0.5, 9: 0.5, 7: 0.5},
    "uneven": {0: 2, 6: 1},
    "corner": {11: 1},
    "class_blind": {0: 2, 6: 2, 9: -1},
}


def painted(cells):
    """(3, 3, 4) colours of cells -> an input (1, 3, 48, 64): squares of 12 pixels in cells of 16."""
    x = np.zeros((3, 3, 16, 4, 16))
    x[:, :, 2:14, :, 2:14] = cells[:, :, None, :, None]
    return torch.from_numpy(x.reshape(1, 3, 48, 64)).float()


def test_every_case_is_tested_here():
    assert set(CASES) == {*FORMULAS, "tiny_cnn_shapes", "tiny_vit_shapes"}
    assert FORMULAS.keys() == TRUTHS.keys()


@pytest.mark.parametrize("key", FORMULAS)
def test_the_network_computes_its_formula(key):
    draws = np.random.default_rng(3).random((8, 3, 3, 4))
    with CASES[key].handle.session() as net, torch.no_grad():
        for cells in draws:
            score = FORMULAS[key](*cells)
            logits = net(painted(cells))[0].numpy()
            np.testing.assert_allclose(logits, [score, -score], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("key", TRUTHS)
def test_the_truth_by_hand(key):
    wanted = np.zeros(12)
    for region, value in TRUTHS[key].items():
        wanted[region] = value
    np.testing.assert_allclose(CASES[key].truth, wanted, atol=1e-6)
    np.testing.assert_allclose(CASES[key].truths[1], -wanted, atol=1e-6)


def test_in_the_drawn_pictures_the_largest_value_lies_where_the_shape_lies():
    """The network's own truth agrees with what is known of the picture: its masks."""
    masks = drawing(KEY).masks
    thirds = np.arange(256) * 3 // 256
    case = CASES["tiny_cnn_shapes"]
    for target, mask in zip((OWN, OTHER), masks, strict=True):
        share = np.bincount((thirds[:, None] * 3 + thirds).ravel(), mask.ravel()) / mask.sum()
        assert share[case.truths[target].argmax()] > 0.5


def test_a_key_is_given_once():
    case = CASES["linear"]
    with pytest.raises(ValueError, match="Two cases have the key 'linear'"):
        registry((case, case))
