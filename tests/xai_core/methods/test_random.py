"""Random weights: the stated draw, the seed, and nothing else."""

import torch

from xai_core.methods.random import random


def with_seed(activations, seed):
    return random(activations, torch.Generator().manual_seed(seed))


def test_is_the_stated_weighting():
    """The weights can be read off: channel k is 1 at place k alone, so the map is the list of weights."""
    activations = torch.eye(6, dtype=torch.float64).view(1, 6, 2, 3)
    weights = with_seed(activations, 4).flatten()
    generator = torch.Generator().manual_seed(4)
    assert torch.equal(weights, 2 * torch.rand(6, generator=generator, dtype=torch.float64) - 1)
    # and any other activations are summed with them
    other = torch.rand(1, 6, 2, 3, dtype=torch.float64)
    by_loop = sum(weights[k] * other[0, k] for k in range(6))
    torch.testing.assert_close(with_seed(other, 4)[0], by_loop, rtol=1e-12, atol=1e-12)


def test_same_seed_same_map_other_seed_other_map():
    activations = torch.rand(1, 8, 3, 5)
    assert torch.equal(with_seed(activations, 1), with_seed(activations, 1))
    assert not torch.allclose(with_seed(activations, 1), with_seed(activations, 2))


def test_every_image_of_a_batch_gets_the_same_weights():
    activations = torch.rand(1, 8, 3, 5)
    together = with_seed(activations.repeat(2, 1, 1, 1), 1)
    assert torch.equal(together[0], together[1])


def test_precision_does_not_change_the_weights():
    activations = torch.eye(6).view(1, 6, 2, 3)
    single, double = with_seed(activations, 9), with_seed(activations.double(), 9)
    assert single.dtype == torch.float32
    torch.testing.assert_close(single, double.float(), rtol=0, atol=0)


def test_weights_fill_minus_one_to_one():
    activations = torch.eye(1000).view(1, 1000, 20, 50)
    weights = with_seed(activations, 0)
    assert float(weights.min()) >= -1
    assert float(weights.max()) < 1
    # uniform on [-1, 1): mean 0 and variance 1/3, six standard errors wide
    assert abs(float(weights.mean())) < 6 * (1 / 3 / 1000) ** 0.5
    assert abs(float(weights.var()) - 1 / 3) < 0.06


def test_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    with_seed(torch.rand(1, 4, 2, 3, generator=torch.Generator().manual_seed(0)), 1)
    assert torch.equal(torch.random.get_rng_state(), before)
