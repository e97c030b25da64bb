"""Everything runs on Apple's GPU, which has no float64: shown on a stand-in that refuses what it refuses."""

import copy
import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import xai_core as xai
from xai_core import functional
from xai_core.concepts import conse, dissect
from xai_core.concepts.conse import Conse
from xai_core.concepts.evidence import ablate, evidence
from xai_core.datasets import Dataset, Example
from xai_core.engine.estimate import estimate_attack
from xai_core.engine.references import check, library_for
from xai_core.evaluation.predictions import predictions
from xai_core.metrics.fidelity import fidelity
from xai_core.metrics.fillers import FILLS
from xai_core.metrics.removal import region_effect, removal
from xai_core.metrics.road import road
from xai_core.metrics.sanity import cascade
from xai_core.metrics.sensitivity import infidelity, max_sensitivity
from xai_core.models.layers import find_layers

from .affordable import CONVOLUTIONAL, PARAMS
from .apple_gpu import DEVICE, NO_FLOAT64, NO_NUMPY, NO_POOL, TWO_DEVICES, OnApple, apple_gpu

DOG = 5
QUICK = PARAMS | {"occlusion": {"window": 8, "stride": 8}}
STEPS = {"pgd": {"steps": 2}, "pgd_l2": {"steps": 2}, "one_pixel": {"population": 60, "generations": 1}}


@pytest.fixture(scope="module", autouse=True)
def _machine():
    import timm  # noqa: F401  registers operators when it is imported, before the device is there

    with apple_gpu():
        yield
    conse._loaded.cache_clear()


@pytest.fixture(scope="module")
def on_cpu():
    """A small network with batch norm, on a grid that is not square."""
    loaded = xai.load_model("resnet20_cifar10", "cpu", weights="random")
    grid = dataclasses.replace(loaded.grid, size=(32, 48))
    with loaded.session() as net:
        made = xai.ModelHandle(loaded.spec, net, loaded.labels, grid, loaded.device, loaded.dtype)
        made.layers = find_layers(net, made.blank())
    return made


@pytest.fixture(scope="module")
def handle(on_cpu):
    """The same on the device."""
    with on_cpu.session() as net:
        return on_cpu.like(copy.deepcopy(net), DEVICE)


@pytest.fixture(scope="module")
def e(on_cpu, chelsea):
    return xai.explain(on_cpu, chelsea, "grad_cam", DOG)


# --- the stand-in


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda x: x.double(), TypeError, NO_FLOAT64),
        (lambda x: x.to(torch.float64), TypeError, NO_FLOAT64),
        (lambda x: torch.from_numpy(np.ones(2)).to("mps"), TypeError, NO_FLOAT64),
        (lambda x: torch.zeros(2, dtype=torch.float64, device=x.device), TypeError, NO_FLOAT64),
        (lambda x: x + torch.ones(2), RuntimeError, TWO_DEVICES),
        (lambda x: torch.cat([torch.ones(2), x]), RuntimeError, TWO_DEVICES),
        (lambda x: x.numpy(), TypeError, NO_NUMPY),
        (np.asarray, TypeError, NO_NUMPY),
        (lambda x: F.adaptive_avg_pool2d(x.view(1, 1, 1, 2), (1, 3)), RuntimeError, NO_POOL),
    ],
)
def test_what_the_device_refuses(call, kind, said):
    x = torch.tensor([1.0, 2.0], device="mps")
    with pytest.raises(kind) as refused:
        call(x)
    assert str(refused.value) == said


def test_what_the_device_does():
    x = torch.arange(4.0, device="mps")
    assert x.device == (2 * x[torch.tensor([1])] + 1).device == x.clone().device == DEVICE
    assert x.cpu().double().tolist() == x.tolist() == [0, 1, 2, 3]
    assert x.cpu().device == x.to("cpu").device == torch.device("cpu")
    assert torch.ones(3, dtype=torch.float64).to(x).dtype == torch.float32
    assert float(torch.where(x > 2, x, 0 * x).sum()) == 3
    net = copy.deepcopy(torch.nn.Linear(4, 2).to("mps"))
    assert isinstance(net.weight, torch.nn.Parameter)
    leaf = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(net(leaf).sum(), leaf)
    assert isinstance(gradient, OnApple)
    assert torch.equal(gradient, net.weight.sum(0))


# --- the library on it


def test_auto_takes_the_device_and_predicts_the_same(lite0, chelsea):
    loaded = xai.load_model("efficientnet_lite0")
    assert loaded.device.type == "mps"
    assert loaded.weights_sha256 == lite0.weights_sha256
    ours, theirs = xai.predict(loaded, chelsea), xai.predict(lite0, chelsea)
    assert [score.index for score in ours] == [score.index for score in theirs]
    assert ours[0].logit == pytest.approx(theirs[0].logit, rel=1e-5)
    assert loaded.folded.pairs == 49


@pytest.mark.parametrize("method", CONVOLUTIONAL)
def test_every_method_gives_the_same_map(handle, on_cpu, chelsea, method):
    ours, theirs = (
        xai.explain(one, chelsea, method, DOG, **QUICK.get(method, {})) for one in (handle, on_cpu)
    )
    size = np.abs(theirs.heatmap).max()
    np.testing.assert_allclose(ours.heatmap, theirs.heatmap, atol=1e-3 * size)
    assert ours.facts.keys() == theirs.facts.keys()


@pytest.mark.parametrize("attack", xai.ATTACKS)
def test_every_attack(handle, on_cpu, chelsea, attack):
    found = xai.attack(handle, chelsea, attack, **STEPS.get(attack, {}))
    assert found.before.index == xai.predict(on_cpu, chelsea, 1)[0].index
    assert len(found.changed) > 0
    assert estimate_attack(handle, attack, STEPS.get(attack, {})) > 0


CALLS = {
    "curves in windows": lambda h, x, e: xai.curves(h, x, e, superpixel=4).insertion_auc,
    "curves": lambda h, x, e: xai.curves(h, x, e, superpixel=16, baseline="blur", score="logit").deletion_auc,
    "fidelity": lambda h, x, e: fidelity(h, x, e, baseline="noise").drop,
    "road": lambda h, x, e: road(h, x, e, percents=(30, 60)).combined,
    **{
        f"removal, {how}": lambda h, x, e, how=how: removal(
            h, x, e.upsampled(), how, (0, 30), (30,), controls=1
        ).probabilities[1, DOG]
        for how in FILLS
    },
    "region": lambda h, x, e: region_effect(h, x, np.eye(32, 48) > 0, controls=2).drop(DOG),
    "infidelity": lambda h, x, e: infidelity(h, x, e, squares=5).value,
    "max-sensitivity": lambda h, x, e: max_sensitivity(h, x, xai.Request("gradient", DOG), samples=2),
    "evidence": lambda h, x, e: evidence(h, x, target=DOG)["contribution"].sum(),
    "ablate": lambda h, x, e: ablate(h, x, "layer3", [1, 2]).change(DOG),
    "predictions": lambda h, x, e: predictions(
        h, Dataset("d", (Example("cat", "chelsea", "cat", (3,)),))
    ).table["confidence"][0],
    "randomised": lambda h, x, e: sum(
        row["rank"] for row in cascade(h, x, [xai.Request("eigen_cam", DOG)])[:2]
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_measure_gives_the_same_number(handle, on_cpu, chelsea, e, name):
    ours, theirs = (CALLS[name](one, chelsea, e) for one in (handle, on_cpu))
    assert ours == pytest.approx(theirs, rel=1e-2, abs=1e-5)


@pytest.mark.parametrize("backend", ["conse", "network_dissection"])
def test_dissect(handle, on_cpu, chelsea, backend, tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_CACHE_DIR", str(tmp_path))
    mirrored = xai.ImageInput(chelsea.pixels[:, ::-1])
    images = [chelsea, chelsea.with_fit("squash"), chelsea.with_fit("pad"), mirrored]
    maker, concepts = (Conse("efficientnet_lite0", "mps"), None) if backend == "conse" else (backend, ["red"])
    assert backend != "conse" or maker.handle.device.type == "mps"
    found = dissect(handle, images, ["layer3"], maker, concepts=concepts)
    assert len(found) == 64
    assert found["similarity"].notna().any()


@pytest.mark.parametrize("method", [key for key in xai.METHODS if library_for(key) in ("lime", "shap")])
def test_libraries_that_take_our_scores(handle, chelsea, method):
    e = xai.explain(handle, chelsea, method, DOG, **QUICK[method])
    assert np.isfinite(check(handle, chelsea, e).difference)


@pytest.mark.parametrize("method", ["gradient", "integrated_gradients", "occlusion"])
def test_captum(handle, chelsea, method):
    assert library_for(method) == "Captum"
    e = xai.explain(handle, chelsea, method, DOG, **QUICK.get(method, {}))
    assert check(handle, chelsea, e).correlation > 0.99


def test_estimate_and_growing_maps(handle, chelsea):
    request = xai.Request("rise", DOG, params={"masks": 30})
    assert xai.estimate(handle, chelsea, [request]) > 0
    seen = []
    xai.explain_many(handle, chelsea, [request], on_partial=seen.append)
    assert all(one.map.heatmap.shape == handle.input_size for one in seen)


def test_a_larger_grid_than_the_masks(handle, chelsea):
    """RISE compares two halves of its masks on a grid that does not divide the picture."""
    assert 32 % 7
    assert xai.explain(handle, chelsea, "rise", DOG, masks=12, stable=0.5).facts["samples"] == 12


def test_functional(handle, chelsea):
    x = handle.preprocess(chelsea)
    with handle.session() as net:
        assert isinstance(functional.vanilla_gradients(x, net, [DOG]), OnApple)
        importance = torch.rand(1, 2, 3, device="mps")
        curve, _ = functional.insertion(x, net, importance, DOG, 0.0)
    assert curve.shape == (7,)
