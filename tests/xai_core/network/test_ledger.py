"""Every input that is sent through a network is counted once, whoever sends it."""

import threading

import numpy as np
import pytest

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.concepts.evidence import ablate, evidence
from xai_core.concepts.record import record
from xai_core.datasets import Dataset, Example
from xai_core.engine.references import check, library_for
from xai_core.evaluation.predictions import predictions
from xai_core.metrics.fidelity import fidelity
from xai_core.metrics.insertion import curves_many, passes
from xai_core.metrics.removal import region_effect, removal
from xai_core.metrics.road import road
from xai_core.metrics.sensitivity import infidelity, max_sensitivity
from xai_core.network.batches import Progress
from xai_core.network.ledger import Ledger

from ..affordable import PARAMS
from ..counting import counting

DOG = 243
OF_EACH_LIBRARY = ("grad_cam", "score_cam", "gradient", "occlusion", "guided_backprop", "lime", "kernel_shap")


@pytest.fixture(scope="module")
def handle(lite0_small):
    with lite0_small.session():
        assert lite0_small.scorer is not None
    assert lite0_small.seconds_per_pass > 0
    return lite0_small


@pytest.fixture(scope="module")
def e(handle, chelsea):
    return xai.explain(handle, chelsea, "grad_cam", DOG)


def half(handle):
    mask = np.zeros(handle.input_size, bool)
    mask[:, : mask.shape[1] // 2] = True
    return mask


# what is called, and how many inputs it sends
CALLS = {
    "predict": (lambda h, x, e: xai.predict(h, x), 1),
    "explain": (lambda h, x, e: xai.explain(h, x, "grad_cam"), 1),
    "explain on both networks": (
        lambda h, x, e: xai.explain_many(
            h, x, [xai.Request("grad_cam", layer=key) for key in ("bn2", "blocks.3")]
        ),
        2,
    ),
    "rise": (lambda h, x, e: xai.explain(h, x, "rise", masks=10), 11),
    "fgsm": (lambda h, x, e: xai.attack(h, x, "fgsm"), 3),
    "pgd": (lambda h, x, e: xai.attack(h, x, "pgd", steps=4, restarts=2), 2 + 2 * (4 + 2)),
    "pgd_l2": (lambda h, x, e: xai.attack(h, x, "pgd_l2", steps=3), 2 + 3 + 2),
    "curves": (lambda h, x, e: curves_many(h, x, [e, e], superpixel=32), 2 + 2 * 5 * 2),
    "fidelity": (lambda h, x, e: fidelity(h, x, e), 3),
    "road": (lambda h, x, e: road(h, x, e), 9),
    "removal": (
        lambda h, x, e: removal(h, x, e.upsampled(), percents=(0, 30), control_percents=(30,), controls=2),
        2 + 2,
    ),
    "region": (lambda h, x, e: region_effect(h, x, half(h), controls=3), 5),
    "infidelity": (lambda h, x, e: infidelity(h, x, e, squares=7), 8),
    "max-sensitivity": (lambda h, x, e: max_sensitivity(h, x, xai.Request("grad_cam", DOG), samples=2), 3),
    "predictions": (
        lambda h, x, e: predictions(h, Dataset("d", (Example("cat", "chelsea", "cat", (281,)),) * 3)),
        3,
    ),
    "evidence": (lambda h, x, e: evidence(h, x), 1),
    "ablate": (lambda h, x, e: ablate(h, x, "bn2", [1]), 2),
    "record": (lambda h, x, e: record(h, iter([x] * 4), ["bn2", "conv_head", "output"]), 4),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_ledger_grows_by_what_passes_the_door(handle, chelsea, e, name):
    call, expected = CALLS[name]
    before = handle.ledger.passes
    with counting(handle) as counts:
        call(handle, chelsea, e)
    assert handle.ledger.passes - before == counts.forwards == expected


@pytest.mark.parametrize("attack", xai.ATTACKS)
def test_an_attack_says_what_the_ledger_counts(handle, chelsea, attack):
    params = {"one_pixel": {"population": 60, "generations": 1}, "pgd": {"steps": 2}, "pgd_l2": {"steps": 2}}
    before = handle.ledger.passes
    found = xai.attack(handle, chelsea, attack, **params.get(attack, {}))
    assert handle.ledger.passes - before == found.forwards > 2


def test_inputs_that_are_run_on_windows_are_counted_too(handle, chelsea, e):
    before = handle.ledger.passes
    curves_many(handle, chelsea, [e], superpixel=8)
    assert handle.ledger.passes - before == passes(handle, 1, 8) == 2 + 2 * 95


@pytest.mark.parametrize(
    "method", core_and_peers([key for key in xai.METHODS if library_for(key)], OF_EACH_LIBRARY)
)
def test_the_libraries_inputs_are_counted(handle, chelsea, method):
    request = {"layer": "blocks.0"} if method == "score_cam" else {}
    e = xai.explain(handle, chelsea, method, DOG, **request, **PARAMS.get(method, {}))
    before = handle.ledger.passes
    check(handle, chelsea, e)
    assert handle.ledger.passes > before


def test_a_progress_of_nobodys_counts_for_itself_alone(handle):
    before, progress = handle.ledger.passes, Progress()
    progress.advance(3)
    assert (progress.forwards, progress.done, handle.ledger.passes) == (3, 3, before)


def test_what_is_reached_is_done_but_not_counted(handle):
    before, reports = handle.ledger.passes, []
    progress = handle.progress(lambda *report: reports.append(report), total=5)
    progress.advance(2)
    progress.note(1)
    progress.reach(4)
    assert (progress.forwards, progress.done, handle.ledger.passes - before) == (3, 4, 3)
    assert reports == [(2, 5), (4, 5)]


def test_threads_count_together():
    ledger = Ledger()
    threads = [threading.Thread(target=lambda: [ledger.count(1) for _ in range(2000)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.passes == 16_000
