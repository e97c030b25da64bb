"""A batch of pictures looked at together: the maps of single calls, and bytes that no neighbour changes."""

import copy

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core.engine import looked
from xai_core.engine.explain import explain_looked, wanted_of
from xai_core.engine.looked import look_together
from xai_core.network.batches import Progress

TARGETS = (282, 5, 340, 282)
METHODS = ("grad_cam", "layer_cam", "eigen_grad_cam", "gradient", "random", "ablation_cam")
REQUESTS = [xai.Request(name) for name in METHODS]
REQUESTS += [
    xai.Request("grad_cam", layer="blocks.2", params={"relu": False}),
    xai.Request("hires_cam", layer="blocks.4", params={"contrast": 7, "counterfactual": True}),
    xai.Request("xgrad_cam"),
]


@pytest.fixture(scope="module")
def exact(lite0_small):
    """In double precision, where rounding hardly ever switches a ReLU."""
    with lite0_small.session() as net:
        own = copy.deepcopy(net)
    spec, labels, grid = lite0_small.spec, lite0_small.labels, lite0_small.grid
    handle = xai.ModelHandle(spec, own, labels, grid, lite0_small.device, torch.float64)
    handle.layers = lite0_small.layers
    return handle


def images():
    return [xai.load_sample(name) for name in list(xai.inputs.samples.samples())[: len(TARGETS)]]


def together(handle, pictures, size=4):
    """The maps of each picture at these places of a batch of `size`."""
    views = [handle.view(pictures[place]) if place in pictures else None for place in range(size)]
    with handle.session():
        found = look_together(
            handle, views, wanted_of(handle, REQUESTS), lambda place, best: TARGETS[place], Progress()
        )
    assert [one is not None for one in found] == [place in pictures for place in range(size)]
    made = {}
    for place, image in pictures.items():
        requests = [xai.Request(r.method, TARGETS[place], r.layer, r.params) for r in REQUESTS]
        made[place] = explain_looked(handle, image, found[place].looked, requests)
    return made


def test_maps_of_a_batch_are_those_of_single_calls(exact):
    pictures, shown = dict(enumerate(images())), 0
    for place, found in together(exact, pictures).items():
        requests = [xai.Request(r.method, TARGETS[place], r.layer, r.params) for r in REQUESTS]
        for ours, alone in zip(found, xai.explain_many(exact, pictures[place], requests), strict=True):
            scale = np.abs(alone.heatmap).max()
            shown += scale > 0
            np.testing.assert_allclose(ours.heatmap, alone.heatmap, atol=1e-6 * scale, rtol=0)
            assert ours.logit == pytest.approx(alone.logit, rel=1e-9)
            assert (ours.target, ours.layer, ours.params) == (alone.target, alone.layer, alone.params)
            assert np.array_equal(ours.view, alone.view)
    assert shown > len(REQUESTS) * len(pictures) / 2, "most maps show something"


def test_no_neighbour_changes_a_byte(lite0_small):
    """Whatever lies in the other places, or nothing: a picture in its place has the same map."""
    every = images()
    whole = together(lite0_small, dict(enumerate(every)))
    some = together(lite0_small, {1: every[1], 3: every[3]})
    other = together(lite0_small, {0: every[3], 1: every[1], 2: every[1], 3: every[3]})
    for place in (1, 3):
        for maps in zip(whole[place], some[place], other[place], strict=True):
            assert len({e.heatmap.tobytes() for e in maps}) == 1, maps[0].method
            assert len({e.logit for e in maps}) == 1


def test_a_full_gpu_halves_the_batch(exact, monkeypatch):
    plain, sizes = looked._together, []

    def full(handle, views, wanted, target_of):
        sizes.append(len(views))
        if len(views) > 1:
            raise torch.OutOfMemoryError
        return plain(handle, views, wanted, target_of)

    pictures = dict(enumerate(images()))
    whole = together(exact, pictures)
    monkeypatch.setattr(looked, "_together", full)
    found = together(exact, pictures)
    assert sizes == [4, 2, 1, 1, 2, 1, 1]
    for place in pictures:
        for ours, theirs in zip(found[place], whole[place], strict=True):
            assert ours.target == theirs.target == TARGETS[place]
            scale = np.abs(theirs.heatmap).max()
            np.testing.assert_allclose(ours.heatmap, theirs.heatmap, atol=1e-6 * scale, rtol=0)


def test_cancelled_before_anything_runs(lite0_small):
    passes = lite0_small.ledger.passes
    with lite0_small.session(), pytest.raises(xai.Cancelled):
        look_together(
            lite0_small,
            [None],
            wanted_of(lite0_small, REQUESTS),
            lambda *_: 0,
            Progress(cancelled=lambda: True),
        )
    assert lite0_small.ledger.passes == passes
