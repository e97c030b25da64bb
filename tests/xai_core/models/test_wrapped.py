"""Any module as a handle: classifiers of one's own, and networks that answer with something else."""

import pickle

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai

from ..own_scores import MEAN, SIZE, STD, Embedding, Segmenting, body, mask_sum, seeded, wrapped


@pytest.fixture(scope="module")
def image():
    return xai.load_image(np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8))


def classifier():
    return nn.Sequential(body(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))


def test_a_classifier_has_classes_and_layers(image):
    net = seeded(classifier)
    handle = wrapped(net, labels=("cat", "dog", "bird"), key="pets")
    assert (handle.key, handle.labels, handle.form) == ("pets", ("cat", "dog", "bird"), None)
    assert (handle.input_size, handle.dtype) == (SIZE, torch.float64)
    assert handle.layer("0.4").size == (8, 12)
    x = (torch.from_numpy(image.pixels.copy()).double() / 255 - 0.5) / 0.25
    logits = net(x.permute(2, 0, 1)[None])[0].detach()
    found = {score.label: score.logit for score in xai.predict(handle, image, 3)}
    np.testing.assert_allclose([found[name] for name in handle.labels], logits, rtol=1e-5)
    assert wrapped(net).labels == ("0", "1", "2")


def test_the_module_itself_stays_as_it_was(image):
    net = seeded(classifier).train()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    xai.explain(wrapped(net), image, "grad_cam", 0)
    assert net.training
    assert all(parameter.requires_grad for parameter in net.parameters())
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert not any(module._forward_hooks for module in net.modules())


def test_an_answer_becomes_rows_and_back(image):
    net = seeded(Segmenting)
    handle = wrapped(net)
    assert handle.labels == ()
    assert handle.form.shapes == ((3, *SIZE), ())
    x = torch.cat([handle.preprocess(image), handle.blank()])
    with handle.session() as rows, torch.no_grad():
        found, plain = rows(x), net(x)
        assert found.shape == (2, 3 * SIZE[0] * SIZE[1] + 1)
        answer = handle.form.unpack(found)
    assert torch.equal(answer["out"], plain["out"])
    assert torch.equal(answer["more"][0], plain["more"][0])


def test_a_copy_of_the_handle_gives_the_same_map(image):
    handle = wrapped(seeded(Segmenting))
    again = pickle.loads(pickle.dumps(handle))
    changed = handle.variant(lambda net: nn.init.zeros_(net.head.weight))
    one, other, none = (xai.explain(h, image, "gradient", score=mask_sum) for h in (handle, again, changed))
    assert one.heatmap.tobytes() == other.heatmap.tobytes()
    assert one.heatmap.any()
    assert not none.heatmap.any()


class Counting(nn.Module):
    def forward(self, x):
        return {"boxes": x.mean((1, 2, 3)), "count": len(x)}


class Whole(nn.Module):
    def forward(self, x):
        return x.amax(1).argmax(-1)


class Mean(nn.Module):
    def forward(self, x):
        return x.mean()


@pytest.mark.parametrize(
    ("module", "options", "message"),
    [
        (Counting(), {}, "holds a int; tensors of floating-point numbers"),
        (Whole(), {}, r"holds a int64 tensor \(2, 32\)"),
        (Mean(), {}, r"holds a float32 tensor \(\)"),
        (Embedding(), {"labels": ("a",)}, r"1 labels were given, and Embedding answers with no logits"),
        (classifier(), {"labels": ("a", "b")}, "2 labels were given, and Sequential answers with 3 numbers"),
        (classifier(), {"activation": "tanh"}, "activation is 'tanh'; accepted are softmax, sigmoid"),
    ],
)
def test_what_does_not_fit_is_one_sentence(module, options, message):
    with pytest.raises(xai.InputError, match=message):
        xai.wrap(module, SIZE, MEAN, STD, **options)


@pytest.mark.parametrize("size", [32, (32,), (0, 4), (3.5, 4)])
def test_a_size_is_height_and_width(size):
    with pytest.raises(xai.InputError, match="two whole numbers of at least 1"):
        xai.wrap(classifier(), size)
