"""Eight threads on one handle: everybody gets his own map, to the last bit, and nothing is left behind."""

import ctypes
import gc
import platform
import random
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import torch

import xai_core as xai

THREADS, EACH = 8, 8
# Scratch memory that kernels and the C library keep for each thread settles after a round or two; a leak
# grows in every round alike.
GROWTH_MB, ROUNDS = 30, 4


def requests():
    """Short methods on several layers and classes, and two long ones where they are cheap."""
    targets, layers = (243, 282, 281, 242, 1), ("blocks.2", "blocks.4", "blocks.6", "bn2")
    short = [
        m
        for m, method in xai.METHODS.items()
        if method.family == "Class activation" and method.layered and not method.long and m != "cam"
    ]
    mixed = [
        xai.Request(
            method,
            target=targets[(i + j) % 5],
            layer=layers[(2 * i + j) % 4],
            params={"relu": bool((i + j) % 2)} if "relu" in xai.METHODS[method].complete({}) else {},
            seed=i,
        )
        for i, method in enumerate(short)
        for j in range(4)
    ]
    mixed += [xai.Request("cam", target=target) for target in targets]
    mixed += [xai.Request("guided_backprop", target=target) for target in targets]
    mixed += [xai.Request("lime", target=243, params={"samples": 10, "segments": 6})]
    mixed += [xai.Request("grad_cam", target=282, params={"contrast": 243, "counterfactual": True})]
    mixed += [xai.Request("full_grad", target=282), xai.Request("ablation_cam", target=243, layer="bn2")]
    return [*mixed, xai.Request("score_cam", target=282, layer="blocks.0")]


def resident_mb():
    gc.collect()
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
    return psutil.Process().memory_info().rss / 2**20


def tensor_bytes():
    """All tensors that Python still holds: one that is kept for each map would show at once."""
    gc.collect()
    return sum(o.numel() * o.element_size() for o in gc.get_objects() if issubclass(type(o), torch.Tensor))


@pytest.mark.peers
def test_eight_threads(lite0_small, dog_cat, chelsea):
    jobs = [(image, request) for request in requests() for image in (dog_cat, chelsea)]

    def map_of(job):
        image, request = job
        return xai.explain_many(lite0_small, image, [request])[0].heatmap.tobytes()

    alone = [map_of(job) for job in jobs]
    assert len(set(alone)) > 0.9 * len(alone), "maps that are all alike could not be mixed up"

    with lite0_small.session() as net:
        scorer = lite0_small.scorer
        weights = [value.clone() for value in [*net.state_dict().values(), *scorer.state_dict().values()]]

    def work(seed, count=EACH):
        """Its own choice of jobs in its own order; returns those that came out otherwise."""
        own = random.Random(seed).sample(range(len(jobs)), count)
        return [jobs[i] for i in own if map_of(jobs[i]) != alone[i]]

    with ThreadPoolExecutor(THREADS) as pool:  # the same threads in every round: each warms up its own memory
        assert list(pool.map(work, range(THREADS))) == [[]] * THREADS
        held, growth = tensor_bytes(), []
        while len(growth) < ROUNDS and not (growth and growth[-1] < GROWTH_MB):
            before, first = resident_mb(), THREADS * (len(growth) + 1)
            assert (
                list(pool.map(lambda seed: work(seed, 10), range(first, first + THREADS))) == [[]] * THREADS
            )
            growth.append(resident_mb() - before)
    assert tensor_bytes() == held
    assert growth[-1] < GROWTH_MB, f"every round of {THREADS * 10} maps takes more memory, in MB: {growth}"

    with lite0_small.session() as net:
        for network in (net, scorer):
            for module in network.modules():
                assert not module.training
                assert "forward" not in vars(module)
                assert not any(value for name, value in vars(module).items() if name.endswith("hooks"))
            assert all(p.grad is None and not p.requires_grad for p in network.parameters())
        now = [*net.state_dict().values(), *scorer.state_dict().values()]
        assert all(torch.equal(a, b) for a, b in zip(weights, now, strict=True))
