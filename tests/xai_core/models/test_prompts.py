"""Prompts as classes: the logits are scale times cosine, a nonsense prompt takes the place of each, and a
list lives on the machine under its name. A small stand-in has open_clip's interface, so that all but the
package's own code is tested without it; the last test builds a real model of random weights where the package
is installed."""

import json

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai
from xai_core.inputs.views import InputGrid
from xai_core.metrics import agreement, sanity
from xai_core.models import add_prompts, clip_files, find_model, prompt_models, remove_prompts
from xai_core.models import prompts as module
from xai_core.models.own_store import models_folder
from xai_core.models.spec import ModelSpec
from xai_core.network.handle import ModelHandle

PROMPTS = ("a red square", "a green square", "nothing at all")
LAYER = "visual.0"
GRID = InputGrid((32, 32), 32, "bilinear", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


class StandIn(nn.Module):
    """Its image features are the mean red, green and blue behind a convolution that changes nothing; its text
    features are one colour for a prompt that names one, and a mixture for any other."""

    def __init__(self, blind=False, bias=None):
        super().__init__()
        convolution = nn.Conv2d(3, 3, 1, bias=False)
        with torch.no_grad():
            convolution.weight.copy_(torch.eye(3)[:, :, None, None])
        self.visual = nn.Sequential(convolution, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.logit_scale = nn.Parameter(torch.tensor(10.0).log())
        self.logit_bias = None if bias is None else nn.Parameter(torch.tensor(bias))
        self._blind = blind

    def encode_text(self, texts):
        if self._blind:  # every prompt means the same
            return torch.tensor([[1.0, 2.0, 1.0]]).expand(len(texts), 3).clone()
        colours = {"red": (2.0, 0.0, 0.0), "green": (0.0, 2.0, 0.0)}
        named = [next((c for word, c in colours.items() if word in text), None) for text in texts]
        return torch.tensor([colour or (0.0, 0.0, 2.0) for colour in named])


def handle_of(net, prompts=PROMPTS):
    built = module.built(net, prompts, GRID, tokenizer=list)
    spec = ModelSpec("prompts/colours", "colours", "prompts", "stand-in")
    made = ModelHandle(
        spec, built.net, built.labels, built.grid, torch.device("cpu"), torch.float32, built.activation
    )
    from xai_core.models.layers import find_layers

    with made.session() as inside:
        made.layers = find_layers(inside, made.blank())
    return made


def two_squares():
    """Red on the left, green on the right."""
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[8:24, 2:14, 0] = 255
    pixels[8:24, 18:30, 1] = 255
    return xai.load_image(pixels)


def test_the_logits_are_scale_times_cosine():
    handle, image = handle_of(StandIn()), two_squares()
    x = handle.preprocess(image)
    feature = x.mean((0, 2, 3)).numpy()
    texts = np.array([(2.0, 0, 0), (0, 2.0, 0), (0, 0, 2.0)])
    cosine = texts @ feature / np.linalg.norm(texts, axis=1) / np.linalg.norm(feature)
    scores = {score.index: score for score in xai.predict(handle, image)}
    assert [scores[k].logit for k in range(3)] == pytest.approx(list(10 * cosine), rel=1e-5)
    assert sum(score.probability for score in scores.values()) == pytest.approx(1)
    assert handle.labels == PROMPTS


def test_a_model_with_a_bias_is_a_sigmoid():
    handle = handle_of(StandIn(bias=-3.0))
    assert handle.activation == "sigmoid"
    plain, shifted = (xai.predict(h, two_squares())[0].logit for h in (handle_of(StandIn()), handle))
    assert shifted == pytest.approx(plain - 3, abs=1e-5)


def test_a_map_lies_where_the_prompt_is():
    handle, image = handle_of(StandIn()), two_squares()
    for target, half in ((0, slice(0, 16)), (1, slice(16, 32))):
        values = xai.explain(handle, image, "grad_cam", target=target, layer=LAYER).upsampled()
        assert values[:, half].sum() > 0.95 * values.sum() > 0


def ranks(net):
    """The rank correlation of each prompt's map with that of a nonsense prompt in its place."""
    handle, image = handle_of(net), two_squares()
    other = module.nonsense(handle)
    maps = [
        [
            xai.explain(h, image, "grad_cam", target=k, layer=LAYER, relu=False).upsampled()
            for h in (handle, other)
        ]
        for k in (0, 1)
    ]
    return [agreement.spearman(*pair) for pair in maps]


def test_the_badge_tells_a_map_of_the_prompt_from_one_of_the_picture():
    assert {sanity.verdict(rank) for rank in ranks(StandIn(blind=True))} == {"hardly changes"}
    assert "hardly changes" not in {sanity.verdict(rank) for rank in ranks(StandIn())}


def test_nonsense_changes_the_prompts_alone():
    handle = handle_of(StandIn())
    other = module.nonsense(handle)
    assert other.identity != handle.identity
    with handle.session() as net, other.session() as changed:
        assert torch.equal(changed.head.weight, net.nonsense)
        assert not torch.equal(net.head.weight, net.nonsense)
        assert torch.equal(net.visual[0].weight, changed.visual[0].weight)
    assert module.has_prompts(handle)
    with pytest.raises(xai.InputError, match=r"^The classes of 'tiny_cnn_shapes' are no prompts"):
        module.nonsense(xai.load_model("tiny_cnn_shapes", "cpu"))


def test_nonsense_is_always_the_same_and_no_word():
    found = [module.nonsense_prompt(number) for number in range(20)]
    assert found == [module.nonsense_prompt(number) for number in range(20)]
    assert len(set(found)) == 20
    assert all(
        len(words) == 3 and all(4 <= len(word) <= 7 for word in words) for words in map(str.split, found)
    )


@pytest.fixture
def known(tmp_path, monkeypatch):
    """A folder for own models, and an open_clip that knows one model."""
    monkeypatch.setenv("XAI_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setattr(module, "check_clip", lambda architecture: None)
    return tmp_path / "models"


def test_a_list_is_kept_found_and_removed(known):
    assert prompt_models() == ()
    key = add_prompts("colours", PROMPTS)
    assert key == "prompts/colours"
    assert prompt_models() == (key,)
    spec = find_model(key)
    assert (spec.label, spec.source, spec.architecture, spec.tag) == (
        "colours",
        "prompts",
        "ViT-B-16",
        "openai",
    )
    with pytest.raises(xai.InputError, match=r"^There are prompts 'colours' already"):
        add_prompts("colours", PROMPTS)
    remove_prompts(key)
    assert prompt_models() == ()
    with pytest.raises(xai.InputError, match=r"^There are no prompts 'prompts/colours' .* \(none were\)\.$"):
        find_model(key)


@pytest.mark.parametrize(
    ("name", "prompts", "sentence"),
    [
        ("../up", PROMPTS, "name is '../up'; up to 60 letters"),
        ("one", ["a cat"], "One prompt is given; two or more are needed"),
        ("twice", ["a cat", "a cat"], "The class 'a cat' is named 2 times"),
        ("none", [], "The list of classes has 0 names"),
    ],
)
def test_what_is_no_list_is_refused(known, name, prompts, sentence):
    with pytest.raises(xai.InputError) as caught:
        add_prompts(name, prompts)
    assert str(caught.value).startswith(sentence)
    assert not known.exists()


def test_a_damaged_list_is_named(known):
    key = add_prompts("colours", PROMPTS)
    (models_folder() / "colours.prompts.json").write_text("{")
    with pytest.raises(xai.InputError, match=r"^The list of prompts 'prompts/colours' is damaged; remove it"):
        find_model(key)


def test_without_the_package_one_sentence_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "open_clip", None)
    with pytest.raises(xai.InputError, match=r"pip install -r requirements-clip\.txt"):
        clip_files.open_clip()


@pytest.mark.peers
def test_a_real_model_of_random_weights(known, tmp_path):
    library = pytest.importorskip("open_clip")
    text = {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2}
    vision = {"image_size": 32, "layers": 2, "width": 16, "head_width": 8, "patch_size": 16}
    config = tmp_path / "tiny-prompts.json"
    config.write_text(json.dumps({"embed_dim": 12, "vision_cfg": vision, "text_cfg": text}))
    library.add_model_config(config)
    key = add_prompts("pets", ["a photo of a cat", "a photo of a dog"], "tiny-prompts", "random")
    handle, image = xai.load_model(key, "cpu", weights="random"), xai.load_sample("chelsea")
    torch.manual_seed(0)
    own = library.create_model("tiny-prompts", pretrained=None).eval()
    with torch.no_grad():
        picture = own.encode_image(handle.preprocess(image), normalize=True)
        words = own.encode_text(library.get_tokenizer("tiny-prompts")(list(handle.labels)), normalize=True)
        expected = own.logit_scale.exp() * picture @ words.T
    found = {score.index: score.logit for score in xai.predict(handle, image)}
    assert [found[k] for k in range(2)] == pytest.approx(expected[0].tolist(), rel=1e-3, abs=1e-3)
    assert xai.explain(handle, image, "gradient", target=1).heatmap.shape == (32, 32)
