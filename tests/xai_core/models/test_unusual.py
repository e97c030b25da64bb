"""Networks with one grey channel, an oblong input, one output, or thousands of classes: each answers as the
network did that was brought."""

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import nn

import xai_core as xai
from xai_core.models import add_model
from xai_core.models.widening import three_channels, two_readings


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_MODELS_DIR", str(tmp_path / "models"))


def made(name="test_resnet", classes=3, **options):
    """A tiny network of timm with random weights."""
    import timm

    torch.manual_seed(4)
    return timm.create_model(name, num_classes=classes, **options).eval()


def logits_of(handle, image):
    with handle.session() as net:
        return net(handle.preprocess(image))


def test_a_grey_network_answers_to_the_grey_of_a_colour_picture():
    net = made(in_chans=1)
    key = add_model("grey", save(net.state_dict()), "test_resnet", 3, size=64, mean=0.13, std=0.31)
    handle, image = xai.load_model(key, "cpu"), xai.load_sample("chelsea")
    assert handle.grid.mean == (0.13, 0.13, 0.13)
    red, green, blue = handle.view(image).astype(np.float64).transpose(2, 0, 1) / 255
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    with torch.inference_mode():
        expected = net(torch.from_numpy((grey - 0.13) / 0.31).float()[None, None])
    torch.testing.assert_close(logits_of(handle, image), expected, rtol=1e-4, atol=1e-5)
    assert xai.explain(handle, image, "grad_cam").heatmap.shape == (2, 2)


def test_the_mean_of_one_channel_is_one_number():
    file = save(made(in_chans=1).state_dict())
    with pytest.raises(
        xai.InputError, match=r"takes one channel, so mean and std are one number each; they ar"
    ):
        add_model("grey", file, "test_resnet", 3, size=64)


@pytest.mark.parametrize("name", ["test_resnet", "test_vit"])
def test_an_oblong_input(name):
    size = (48, 96)
    net = made(name, **({"img_size": size} if name == "test_vit" else {}))
    handle = xai.load_model(add_model("oblong", save(net.state_dict()), name, 3, size=size), "cpu")
    assert handle.input_size == size
    assert handle.grid.resize == 55
    image = xai.load_sample("chelsea")
    with torch.inference_mode():
        expected = net(handle.preprocess(image))
    torch.testing.assert_close(logits_of(handle, image), expected, rtol=1e-5, atol=1e-6)
    assert xai.explain(handle, image, "gradient").heatmap.shape == size


def test_a_picture_covers_an_oblong_input():
    """A white square on an input twice as wide as high: no black bars beside it."""
    grid = xai.load_model(
        add_model("wide", save(made().state_dict()), "test_resnet", 3, size=(48, 96)), "cpu"
    )
    for height, width in ((80, 80), (300, 60), (60, 300), (81, 97)):
        white = xai.load_image(np.full((height, width, 3), 255, np.uint8))
        assert grid.view(white).min() == 255


def test_one_output_is_read_for_and_against():
    net = made(classes=1)
    key = add_model("scan", save(net.state_dict()), "test_resnet", ["tumour"], size=64)
    handle, image = xai.load_model(key, "cpu"), xai.load_sample("coffee")
    assert handle.labels == ("tumour", "not tumour")
    assert handle.activation == "sigmoid"
    with torch.inference_mode():
        z = net(handle.preprocess(image)).item()
    scores = {score.label: score for score in xai.predict(handle, image)}
    assert scores["tumour"].logit == pytest.approx(z, rel=1e-4)
    assert scores["not tumour"].logit == pytest.approx(-z, rel=1e-4)
    assert scores["tumour"].probability == pytest.approx(1 / (1 + np.exp(-z)), rel=1e-4)
    assert sum(score.probability for score in scores.values()) == pytest.approx(1, abs=1e-6)
    for_it, against = (xai.explain(handle, image, "grad_cam", target=k, relu=False).heatmap for k in (0, 1))
    np.testing.assert_allclose(for_it, -against, rtol=1e-4, atol=1e-6)
    unnamed = add_model("scan2", save(net.state_dict()), "test_resnet", 1, size=64)
    assert xai.load_model(unnamed, "cpu").labels == ("positive", "negative")


def test_one_output_behind_a_relu_cannot_be_read_both_ways():
    from torchvision.models import squeezenet1_1

    torch.manual_seed(0)
    net = squeezenet1_1(num_classes=1)
    with torch.no_grad():
        net.classifier[1].bias += 1.0
    with pytest.raises(
        xai.InputError, match=r"does not end in a linear layer, so its one output cannot be read"
    ):
        add_model("s", save(net.state_dict()), "squeezenet1_1", 1, size=64)


def test_thousands_of_classes():
    net = made(classes=5000)
    handle = xai.load_model(add_model("many", save(net.state_dict()), "test_resnet", 5000, size=64), "cpu")
    image = xai.load_sample("chelsea")
    best = xai.predict(handle, image, 1)[0]
    with torch.inference_mode():
        assert best.index == net(handle.preprocess(image)).argmax().item()
    assert xai.explain(handle, image, "grad_cam", target=4999).label == "class 4999"


def test_what_is_widened_and_what_is_not():
    wanted = {"stem": torch.zeros(4, 3, 3, 3), "fc.weight": torch.zeros(2, 5), "fc.bias": torch.zeros(2)}
    kernel = torch.rand(4, 1, 3, 3)
    found = three_channels({"stem": kernel}, wanted)
    torch.testing.assert_close(found["stem"].sum(1, keepdim=True), kernel)
    x = torch.rand(1, 3, 8, 8)
    grey = (x * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    convolved = (nn.functional.conv2d(x, found["stem"]), nn.functional.conv2d(grey, kernel))
    torch.testing.assert_close(*convolved)
    assert three_channels({"stem": torch.zeros(4, 3, 3, 3)}, wanted) is None
    assert three_channels({"stem": torch.zeros(4, 1, 5, 5)}, wanted) is None
    head = {"fc.weight": torch.rand(1, 5), "fc.bias": torch.rand(1)}
    both = two_readings(head, wanted)
    assert torch.equal(both["fc.weight"], torch.cat([head["fc.weight"], -head["fc.weight"]]))
    assert two_readings({"fc.weight": torch.rand(3, 5)}, wanted) is None
