"""The same request gives the same bytes: at any clock, in any process, beside other work, after an estimate,
and whether or not somebody watches the map grow.

The number of threads is part of the circumstances. oneDNN adds up the input channels of a 1x1 convolution in
blocks whose size follows from the number of threads, so a single `torch.nn.functional.conv2d` has other last
bits on two threads than on one (`test_threads`). Nothing above torch can undo that without giving up its fast
convolutions. With equal numbers of threads the bytes are equal."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import xai_core as xai
from xai_core.metrics.insertion import seconds as curve_seconds
from xai_core.scoring import perturbations
from xai_core.scoring.incremental import Patchwork

from .same_bytes import REQUESTS, TARGET, curve_digest, digest, digests, impatient, lying_clock

SMALL = {
    "lime": xai.Request("lime", TARGET, params={"samples": 60, "segments": 12}),
    "adaptive lime": xai.Request("lime", TARGET, params={"samples": 300, "segments": 12, "stable": 0.9}),
    "occlusion": xai.Request("occlusion", TARGET),
    "kernel_shap": xai.Request("kernel_shap", TARGET, params={"samples": 200, "segments": 24}),
    "rise": xai.Request("rise", TARGET, params={"masks": 200}),  # one look falls on a whole block
}


@pytest.fixture
def routes(monkeypatch):
    """How many pictures were scored on windows and as patchworks."""
    counts = {"windows": 0, "patchworks": 0}
    windows, patchworks = perturbations._Windowed.__call__, Patchwork.logits

    def on_windows(self, start, stop):
        counts["windows"] += stop - start
        return windows(self, start, stop)

    def as_patchworks(self, rows):
        counts["patchworks"] += len(rows)
        return patchworks(self, rows)

    monkeypatch.setattr(perturbations._Windowed, "__call__", on_windows)
    monkeypatch.setattr(Patchwork, "logits", as_patchworks)
    return counts


@pytest.mark.peers
def test_another_process_under_all_other_circumstances(lite0, chelsea, routes):
    """At full size: 300 LIME samples, 784 occlusion windows, Kernel SHAP, RISE, and both curves at 8 pixels.

    The other process has a clock that lies, asks for estimates first and shows every map while it grows. Both
    run at the same time, so each has a busy neighbour."""
    environment = os.environ | {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    command = [sys.executable, "-m", "tests.xai_core.scoring.same_bytes"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        here = digests(lite0, chelsea)
        there = json.loads(process.communicate()[0])
    assert there.pop("looks") > 50
    assert here == there
    assert routes["windows"] == 784 + 2 * 783
    assert routes["patchworks"] > 290


@pytest.fixture(scope="module")
def plain(lite0_small, chelsea):
    return small(lite0_small, chelsea)


def small(handle, image, **options):
    """Digests on a small grid."""
    found = {
        name: digest(xai.explain_many(handle, image, [request], **options)[0].heatmap)
        for name, request in SMALL.items()
    }
    return found | {"insertion and deletion": curve_digest(handle, image, 4)}


@pytest.mark.peers
def test_twice_in_a_process(lite0_small, chelsea, plain):
    assert small(lite0_small, chelsea) == plain


@pytest.mark.peers
@pytest.mark.parametrize("_round", range(2))
def test_a_clock_that_lies(lite0_small, chelsea, plain, _round):
    with lying_clock():
        assert small(lite0_small, chelsea) == plain


@pytest.mark.peers
def test_growing_maps(lite0_small, chelsea, plain):
    looks = []
    with impatient():
        assert small(lite0_small, chelsea, on_partial=looks.append) == plain
    assert {look.request.method for look in looks} == {request.method for request in SMALL.values()}


@pytest.mark.peers
def test_after_an_estimate(lite0_small, chelsea, plain):
    lite0_small.ledger.rates.clear()
    assert xai.estimate(lite0_small, chelsea, list(SMALL.values())) > 0
    assert curve_seconds(lite0_small, chelsea, 1, 4) > 0
    assert small(lite0_small, chelsea) == plain


@pytest.mark.peers
def test_after_other_requests(lite0_small, chelsea, plain):
    """Requests of other sizes, more pictures and other regions leave nothing behind that decides."""
    others = [
        xai.Request("occlusion", TARGET, params={"window": 16, "stride": 8}),
        xai.Request("lime", TARGET, params={"samples": 400, "segments": 30}),
    ]
    xai.explain_many(lite0_small, chelsea, others)
    assert small(lite0_small, chelsea) == plain


def test_threads(lite0_small, chelsea):
    """Maps on two threads have the bytes of those on one if single convolutions of torch have; if not, they
    differ by rounding errors alone."""
    threads, alone, maps = torch.get_num_threads(), [], []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            alone.append([digest(found.numpy()) for found in convolutions()])
            maps.append(xai.explain_many(lite0_small, chelsea, [SMALL["lime"], SMALL["occlusion"]]))
    finally:
        torch.set_num_threads(threads)
    for one, two in zip(*maps, strict=True):
        assert one.heatmap.tobytes() == two.heatmap.tobytes() or alone[0] != alone[1]
        np.testing.assert_allclose(one.heatmap, two.heatmap, rtol=0, atol=1e-4 * np.abs(one.heatmap).max())


def convolutions():
    """1x1 convolutions of the shapes of the embedded model, by torch alone."""
    generator = torch.Generator().manual_seed(0)
    for channels, outputs, side in ((240, 40, 28), (480, 80, 14), (672, 112, 14), (672, 192, 7)):
        x = torch.randn(1, channels, side, side, generator=generator)
        weight = torch.randn(outputs, channels, 1, 1, generator=generator)
        yield F.conv2d(
            *(tensor.contiguous(memory_format=torch.channels_last) for tensor in (x, weight))
        ).contiguous()


def test_requests_are_those_of_the_claim():
    assert REQUESTS["lime"].params["samples"] == 300
    assert xai.METHODS["occlusion"].passes(None, {"window": 8, "stride": 8}, (224, 224)) == 784
