"""Heads as a layer of units: recorded, named, seen, weighed and switched off through the handle."""

import numpy as np
import pandas as pd
import pytest
import torch

import xai_core as xai
from tests.xai_core import vits
from tests.xai_core.token_nets import handle_to, tiny_vit
from xai_core import concepts
from xai_core.concepts.layers import block_of, is_heads, unit_layer
from xai_core.concepts.naming import dissect
from xai_core.concepts.record import Recorder
from xai_core.types import ImageInput


@pytest.fixture
def two_headed():
    return handle_to(vits.two_headed_vit(), vits.SIZE)


def picture(contents):
    """A picture whose patches have these red values 0..255."""
    red = np.array(contents, np.uint8).reshape(vits.GRID).repeat(vits.PATCH, 0).repeat(vits.PATCH, 1)
    return ImageInput(np.stack([red, red, red], 2), "squash")


@pytest.fixture
def image():
    return picture([200, 250, 220, 140, 180, 230])


def parts(handle, image):
    """What head 0 and head 1 add to the class token in one block: mean of all contents over 7 tokens, and
    a times that of READ plus b times the others'."""
    x = handle.preprocess(image)[0, 0]
    contents = x.unfold(0, 8, 8).unfold(1, 8, 8).mean((2, 3)).flatten()
    e = float(np.exp(vits.SHARPNESS))
    sharp = torch.ones(6, dtype=torch.float64)
    sharp[vits.READ] = e
    return contents, float(contents.sum() / 7), float((sharp / (e + 6) * contents).sum())


def forwards_alone(handle):
    with handle.session() as net:
        return all("forward" not in vars(m) and not m._forward_hooks for m in net.modules())


def test_keys_and_what_they_name(two_headed):
    found = concepts.head_layers(two_headed)
    assert [layer.key for layer in found] == ["blocks.0 heads", "blocks.1 heads"]
    assert concepts.head_layers(two_headed) is found
    assert two_headed.ledger.passes == 0
    assert is_heads("blocks.0 heads")
    assert not is_heads("blocks.0")
    assert not is_heads(None)
    assert block_of("blocks.0 heads") == block_of("blocks.0") == "blocks.0"
    assert unit_layer(two_headed, "blocks_1 heads") is found[1]
    assert "blocks.0 heads" not in [layer.key for layer in two_headed.layers]
    assert concepts.checked_layers(two_headed, ["blocks.0 heads", "output", "blocks.0 heads"]) == (
        "blocks.0 heads",
        "output",
    )


def test_cam_methods_do_not_take_them(two_headed, image):
    with pytest.raises(xai.InputError, match=r"no layer 'blocks\.0 heads'"):
        xai.explain(two_headed, image, "grad_cam", layer="blocks.0 heads")


def test_recorded_is_the_pooled_map_beside_other_layers(two_headed, image):
    other = picture([130, 140, 150, 160, 170, 250])
    layers = ["blocks.1 heads", "blocks.0", "output"]
    mean = concepts.record(two_headed, [image, other], layers)
    most = concepts.record(two_headed, [image, other], ["blocks.1 heads"], "max")
    for row, one in enumerate((image, other)):
        contents, even, sharp = parts(two_headed, one)
        np.testing.assert_allclose(mean.values["blocks.1 heads"][row], [even / 6, sharp / 6], rtol=1e-6)
        assert most.values["blocks.1 heads"][row, 0] == pytest.approx(float(contents.max()) / 7)
        maps = concepts.unit_maps(two_headed, [one], "blocks.1 heads", 1)
        assert maps.shape == (1, *vits.GRID)
        assert int(maps[0].argmax()) == vits.READ
        assert most.values["blocks.1 heads"][row, 1] == pytest.approx(maps.max())
        assert mean.values["output"][row, 0] == pytest.approx(2 * (even + sharp))
    assert forwards_alone(two_headed)
    alone = concepts.record(two_headed, [image, other], ["blocks.0"])
    np.testing.assert_allclose(mean.values["blocks.0"], alone.values["blocks.0"], rtol=1e-6)


def test_the_cache_tells_heads_from_channels(two_headed):
    names = [Recorder(two_headed, [key]).name for key in ("blocks.0", "blocks.0 heads", "blocks.1 heads")]
    assert len(set(map(str, names))) == 3


def test_a_head_is_named_by_the_pictures_that_light_its_patch(two_headed):
    """Head 1 answers to pictures that are bright at READ, whatever the rest is; a back end that knows these
    by name names it so."""
    rng = np.random.default_rng(0)
    contents = rng.integers(130, 200, (40, 6))
    contents[::2, vits.READ] = 255
    bright = [float(row[vits.READ] == 255) for row in contents]

    class Taker:
        name = ("bright", 1)

        def take(self, images):
            pass

        def arrays(self):
            return {"seen": np.array([[b, 1 - b] for b in bright])}

    class Backend:
        name = "bright"

        def words(self):
            return ["bright there", "dark there"]

        def shares(self, handle):
            return False

        def taker(self):
            return Taker()

        def images(self, arrays):
            return arrays["seen"]

        def texts(self, words):
            return np.eye(2)

    images = [picture(row) for row in contents]
    table = dissect(two_headed, images, ["blocks.0 heads"], Backend(), "cosine_cubed")
    assert table["layer"].tolist() == ["blocks.0 heads"] * 2
    assert table["unit"].tolist() == [0, 1]
    assert table["description"][1] == "bright there"
    assert table["similarity"][1] > table["similarity"][0]


def test_network_dissection_takes_heads(two_headed):
    rng = np.random.default_rng(0)
    images = [ImageInput(rng.integers(0, 256, (16, 24, 3), dtype=np.uint8), "squash") for _ in range(200)]
    table = dissect(two_headed, images, ["blocks.0 heads"], "network_dissection", concepts=["red", "blue"])
    assert table["unit"].tolist() == [0, 1]
    assert set(table["description"]) <= {"red", "blue"}
    assert table["similarity"].between(0, 1).all()


def test_a_contribution_is_what_the_head_adds_when_the_rest_is_linear(two_headed, image):
    _, even, sharp = parts(two_headed, image)
    names = pd.DataFrame(
        {
            "layer": ["blocks.0 heads", "blocks.0"],
            "unit": [1, 1],
            "description": ["patch", "no"],
            "category": "x",
        }
    )
    found = concepts.evidence(two_headed, image, "blocks.0 heads", 0, names).set_index("unit")
    assert found["contribution"].to_dict() == pytest.approx({0: even, 1: sharp})
    assert found["activation"].to_dict() == pytest.approx({0: even / 6, 1: sharp / 6})
    assert found["description"].to_dict() == {0: "", 1: "patch"}
    for head, part in ((0, even), (1, sharp)):
        off = concepts.ablate(two_headed, image, "blocks.0 heads", [head])
        assert off.layer == "blocks.0 heads"
        assert off.change(0) == pytest.approx(-part)
    assert concepts.ablate(two_headed, image, "blocks.0 heads", [0, 1]).change(0) == pytest.approx(
        -even - sharp
    )
    assert forwards_alone(two_headed)


def test_the_control_draws_other_heads(two_headed, image):
    found = concepts.ablate_others(two_headed, image, "blocks.0 heads", [1], draws=8)
    assert [one.units for one in found] == [(0,)], "there is one other head, and it is asked once"


def test_without_heads_for_any_map(two_headed, image):
    before = xai.predict(two_headed, image, 3)
    other = concepts.without(two_headed, "blocks.0 heads", [1])
    expected = concepts.ablate(two_headed, image, "blocks.0 heads", [1]).after
    found = xai.predict(other, image, 3)
    assert [score.logit for score in found] == pytest.approx([score.logit for score in expected])
    assert xai.predict(two_headed, image, 3) == before
    assert other.identity != two_headed.identity
    assert other.identity == concepts.without(two_headed, "blocks.0 heads", [1]).identity
    for method in ("gradient", "attention_rollout", "grad_cam"):
        assert xai.explain(other, image, method, target=0).logit == pytest.approx(expected[0].logit)
    assert forwards_alone(two_headed)
    both = concepts.without(other, "blocks.0 heads", [0])
    _, even, sharp = parts(two_headed, image)
    assert xai.predict(both, image, 1)[0].logit == pytest.approx(even + sharp)


def test_the_network_is_untouched_after_an_error(two_headed, image, monkeypatch):
    concepts.head_layers(two_headed)
    before = xai.predict(two_headed, image, 3)

    class Broken(Exception):
        pass

    for call in (
        lambda: concepts.record(two_headed, [image], ["blocks.1 heads"]),
        lambda: concepts.evidence(two_headed, image, "blocks.0 heads"),
        lambda: concepts.ablate(two_headed, image, "blocks.0 heads", [0]),
    ):
        with two_headed.session() as net, monkeypatch.context() as patch:

            def broken(*_):
                raise Broken

            patch.setattr(net.head, "forward", broken)
            with pytest.raises(Broken):
                call()
        assert forwards_alone(two_headed)
    assert xai.predict(two_headed, image, 3) == before


def test_other_networks_and_other_names():
    vit = tiny_vit()
    image = ImageInput(np.zeros((16, 24, 3), np.uint8), "squash")
    with pytest.raises(
        xai.InputError, match=r"no layer 'nope'.*heads are 'blocks\.0 heads' to 'blocks\.2 heads'"
    ):
        concepts.record(vit, [image], ["nope"])
    with pytest.raises(xai.InputError, match="tiny has no 'norm heads'; its heads are"):
        concepts.record(vit, [image], ["norm heads"])
    with pytest.raises(xai.InputError, match=r"unit is 2; blocks.1 has heads from 0 to 1"):
        concepts.ablate(vit, image, "blocks.1 heads", [2])
    convolutions = handle_to(
        torch.nn.Sequential(torch.nn.Conv2d(3, 3, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()),
        (8, 12),
    )
    with pytest.raises(xai.InputError, match="tiny computes no attention between tokens"):
        concepts.head_layers(convolutions)
    with pytest.raises(xai.InputError, match="tiny computes no attention between tokens"):
        concepts.record(convolutions, [image], ["0 heads"])


def test_attention_that_cannot_be_read_says_why():
    """A module that scales its weights: the reason is asked for once and told every time."""

    class Scaled(torch.nn.Module):
        def forward(self, tokens, **_options):
            weights = (tokens @ tokens.transpose(-2, -1))[:, None].softmax(-1) * 2
            return (weights @ tokens[:, None])[:, 0]

    net = vits.random_vit(depth=2)
    net.blocks[1].attn = Scaled()
    net.head = torch.nn.Linear(12, 3).double().requires_grad_(False)
    handle = handle_to(net, vits.SIZE)
    for _ in range(2):
        with pytest.raises(xai.InputError, match=r"'blocks\.1\.attn' applies its attention weights"):
            concepts.head_layers(handle)
    with pytest.raises(xai.InputError, match=r"no layer 'nope'; it has \d+, for example [^;]*$"):
        unit_layer(handle, "nope")


@pytest.mark.parametrize("pool", ["token", "avg"])
def test_every_layer_of_a_random_network_is_recorded_as_its_maps(pool):
    net = tiny_vit(mean=pool == "avg")
    rng = np.random.default_rng(1)
    images = [ImageInput(rng.integers(0, 256, (16, 24, 3), dtype=np.uint8), "squash") for _ in range(8)]
    keys = [layer.key for layer in concepts.head_layers(net)]
    found = concepts.record(net, images, keys)
    for key in keys:
        for unit in range(2):
            maps = concepts.unit_maps(net, images, key, unit)
            np.testing.assert_allclose(found.values[key][:, unit], maps.mean((1, 2)), rtol=1e-5)
