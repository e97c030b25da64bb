"""Receptive fields contain every superpixel whose change reaches a place."""

import numpy as np
import pytest
import timm
import torch
from torch import nn

from tests.lanes import core_and_peers
from xai_core.scoring.incremental import Incremental
from xai_core.scoring.incremental.receptive_field import receptive_field

from .test_network import SIZE, Everything, made

NETWORKS = (
    Everything,
    "test_resnet",
    "test_efficientnet",
    "resnet18",
    "mobilenetv3_small_050",
    "densenet121",
)


def built(make):
    """A network in float64 and two pictures for it."""
    net = made(make if isinstance(make, type) else lambda: timm.create_model(make, num_classes=7))
    return net, *two(SIZE if make is Everything else (64, 96))


def labelled(size, side=12):
    """int64 (H, W): superpixels with slanted borders."""
    rows, columns = np.indices(size)
    rows, columns = (rows + columns // 4) // side, (columns + rows // 3) // side
    return torch.from_numpy(np.unique(rows * 100 + columns, return_inverse=True)[1].reshape(size))


def two(size, dtype=torch.float64):
    generator = torch.Generator().manual_seed(3)
    x, other = torch.randn((2, 1, 3, *size), generator=generator, dtype=dtype)
    return x, other


@pytest.mark.parametrize("make", core_and_peers(NETWORKS, 3), ids=str)
def test_a_receptive_field_holds_everything_that_a_place_depends_on(make):
    """Each superpixel is changed in turn, and every result with a receptive field is compared."""
    net, x, other = built(make)
    labels = labelled(x.shape[2:], 16)
    network = Incremental(net, x)
    fields = {0: torch.nn.functional.one_hot(labels).permute(2, 0, 1).bool()}
    known = network.activations(x)
    for rule in filter(None, network.locals):
        found = receptive_field(rule, fields)
        if found is not None:
            fields[rule.out] = found
    assert len(fields) > 5
    too_much = 0
    for part in range(int(labels.max()) + 1):
        changed = network.activations(torch.where(labels == part, other, x))
        for number, seen in fields.items():
            differs = (changed[number] != known[number])[0].any(0)
            assert not (differs & ~seen[part]).any(), (number, part)
            too_much += int((seen[part] & ~differs).sum())
    if make is Everything:  # in the others ReLU hides much
        assert too_much < 0.1 * sum(int(seen.sum()) for seen in fields.values())


def test_a_batch_normalised_by_itself_is_not_local():
    class Net(nn.Module):
        def forward(self, x):
            return nn.functional.batch_norm(x, None, None, training=True).mean((2, 3))

    assert Incremental(made(Net), two((8, 8))[0]).locals[0] is None
