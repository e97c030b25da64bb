"""All classes by logit, or the first few."""

import torch

from xai_core.network.scores import rank


def test_by_hand():
    logits = torch.tensor([1.0, 3.0, 3.0, -2.0])
    found = rank(logits, "abcd")
    assert [one.index for one in found] == [1, 2, 0, 3], "ties by index"
    assert [one.label for one in found] == ["b", "c", "a", "d"]
    p = logits.softmax(0)
    assert all(one.logit == float(logits[one.index]) for one in found)
    assert all(one.probability == float(p[one.index]) for one in found)
    assert rank(logits, "abcd", top=2) == found[:2]
    assert rank(logits, "abcd", "sigmoid", 1)[0].probability == float(logits.sigmoid()[1])
