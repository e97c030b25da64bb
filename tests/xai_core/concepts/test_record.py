"""Recording: the same numbers as a pass of one's own, one batch at a time, kept on disk."""

import weakref

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core.concepts import record
from xai_core.concepts.record import Recorder
from xai_core.network.batches import CPU_BATCH
from xai_core.types import ImageInput


def test_it_is_the_mean_and_the_maximum_over_space(detectors, pictures):
    with detectors.session() as net, torch.no_grad():
        x = torch.cat([detectors.preprocess(image) for image in pictures])
        maps = []
        net.units.register_forward_hook(lambda _m, _i, output: maps.append(output))
        logits = net(x).numpy()
    mean = record(detectors, pictures, ["units", "output"])
    most = record(detectors, pictures, ["units"], "max")
    assert mean.values["units"].shape == (20, 3)
    np.testing.assert_allclose(mean.values["units"], maps[0].mean((2, 3)), rtol=1e-6)
    np.testing.assert_allclose(most.values["units"], maps[0].amax((2, 3)), rtol=1e-6)
    np.testing.assert_allclose(mean.values["output"], logits, rtol=1e-6)
    assert mean.images == tuple(image.sha256 for image in pictures)


def test_the_top_pictures_of_a_unit_come_best_first(detectors, pictures):
    found = record(detectors, pictures, ["units"])
    red = found.values["units"][:, 0]
    assert found.top("units", 4).shape == (3, 4)
    assert found.top("units", 4)[0].tolist() == sorted(range(20), key=lambda i: -red[i])[:4]
    assert found.top("units", 2)[2].tolist() == [0, 1], "ties by order"


def test_no_more_than_a_batch_is_alive(detectors):
    alive = weakref.WeakSet()
    most = []

    def generate():
        for number in range(100):
            image = ImageInput(np.full((64, 48, 3), number, np.uint8), "squash")
            alive.add(image)
            most.append(len(alive))
            yield image
            del image

    found = record(detectors, generate(), ["units"])
    assert found.values["units"].shape == (100, 3)
    assert max(most) <= 9, "a batch of eight, and the one that is being made"


def test_the_second_time_no_network_runs_and_the_numbers_are_the_same(detectors, pictures):
    first = record(detectors, pictures, ["units", "output"])
    before = detectors.ledger.passes
    second = record(detectors, pictures, ["units", "output"])
    assert detectors.ledger.passes == before == 20
    for key in first.values:
        np.testing.assert_array_equal(first.values[key], second.values[key])
    record(detectors, pictures[1:], ["units", "output"])
    assert detectors.ledger.passes == before + 19, "another set is another entry"
    record(detectors, pictures, ["units", "output"], "max")
    assert detectors.ledger.passes == before + 39


def test_a_damaged_file_is_recorded_again(detectors, pictures, own_cache):
    record(detectors, pictures, ["units"])
    (file,) = (own_cache / "units").iterdir()
    file.write_bytes(file.read_bytes()[:100])
    record(detectors, pictures, ["units"])
    assert detectors.ledger.passes == 40
    assert not [f for f in file.parent.iterdir() if f.suffix != ".npz"]


def test_other_weights_under_the_same_key_are_another_network(lite0):
    other = lite0.variant(lambda net: net.conv_stem.weight.mul_(1.001))
    assert other.key == lite0.key
    assert Recorder(other, ["bn2"]).name != Recorder(lite0, ["bn2"]).name
    assert Recorder(lite0, ["bn2"]).name == Recorder(lite0, ["bn2"]).name


def test_progress_and_cancel(detectors, pictures):
    seen = []
    record(detectors, pictures, ["units"], progress=lambda *now: seen.append(now))
    assert seen == [(done, 20) for done in (*range(CPU_BATCH, 20, CPU_BATCH), 20)]
    asked = iter([False] * 22 + [True])
    with pytest.raises(xai.Cancelled):
        record(detectors, pictures, ["output"], cancelled=lambda: next(asked))
    with detectors.session() as net:
        assert not net.units._forward_hooks


def test_what_is_refused(detectors, pictures):
    with pytest.raises(xai.InputError, match="has no layer 'nope'"):
        record(detectors, pictures, ["nope"])
    with pytest.raises(xai.InputError, match="pooling is 'median'; accepted are mean, max"):
        record(detectors, pictures, ["units"], "median")
    with pytest.raises(xai.InputError, match="layers is 'units'; a list"):
        record(detectors, pictures, "units")
    with pytest.raises(xai.InputError, match="layers is empty"):
        record(detectors, pictures, [])
    for empty in ([], iter([])):
        with pytest.raises(xai.InputError, match="holds no picture"):
            record(detectors, empty, ["units"])
