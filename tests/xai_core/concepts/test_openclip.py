"""The loading of real CLIP, with a randomly initialised one: from a file, through the same code."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import xai_core as xai
from xai_core.concepts import OpenClip
from xai_core.concepts import openclip as module

open_clip = pytest.importorskip("open_clip")
NAME = "tiny-for-tests"


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A CLIP of two layers known to open_clip; its network, and the folder for weights."""
    text = {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2}
    vision = {"image_size": 32, "layers": 2, "width": 16, "head_width": 8, "patch_size": 16}
    config = tmp_path / f"{NAME}.json"
    config.write_text(json.dumps({"embed_dim": 12, "vision_cfg": vision, "text_cfg": text}))
    open_clip.add_model_config(config)
    folder = tmp_path / "weights"
    folder.mkdir()
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(folder))
    torch.manual_seed(3)
    return open_clip.create_model(NAME, pretrained=None).eval(), folder


@pytest.fixture
def saved(tiny):
    net, folder = tiny
    state = {name: value.contiguous() for name, value in net.state_dict().items()}
    save_file(state, folder / f"open_clip_{NAME}_random.safetensors")
    return net


def test_the_weights_of_the_file_embed_pictures_and_words(saved, pictures):
    maker = OpenClip(NAME, "random")
    taker = maker.taker()
    taker.take(pictures[:8])
    taker.take(pictures[8:11])
    found = maker.images(taker.arrays())
    assert found.shape == (11, 12)
    x = torch.stack([torch.from_numpy(np.array(_view(maker, image))) for image in pictures[:11]])
    with torch.no_grad():
        own = saved.encode_image(x)
        texts = saved.encode_text(open_clip.get_tokenizer(NAME)(["a cat", "flux capacitor"]))
    np.testing.assert_allclose(found, own / own.norm(dim=1, keepdim=True), atol=1e-5)
    expected = texts / texts.norm(dim=1, keepdim=True)
    np.testing.assert_allclose(maker.texts(["a cat", "flux capacitor"]), expected, atol=1e-5)
    np.testing.assert_allclose(maker.texts(["a cat", "flux capacitor"]), expected, atol=1e-5)


def _view(maker, image):
    from xai_core.inputs.views import view_pixels

    pixels = view_pixels(image, maker.grid).astype(np.float32).transpose(2, 0, 1) / 255
    mean, std = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])
    return ((pixels - np.array(mean)[:, None, None]) / np.array(std)[:, None, None]).astype(np.float32)


def test_it_names_units(saved, detectors, pictures):
    maker = OpenClip(NAME, "random")
    table = xai.dissect(detectors, pictures, ["units"], maker, concepts=["red", "noise", "flux capacitor"])
    assert set(table["backend"]) == {"openclip"}
    assert table.loc[0, "description"] in {"red", "noise", "flux capacitor"}
    shows = maker.images(_seen(maker, pictures)) @ maker.texts(["red", "noise", "flux capacitor"]).T
    assert shows.shape == (20, 3)


def _seen(maker, images):
    taker = maker.taker()
    taker.take(images)
    return taker.arrays()


def test_missing_weights_are_named(tiny, monkeypatch):
    with pytest.raises(xai.WeightsMissing) as error:
        OpenClip(NAME, "random")
    assert error.value.filename == f"open_clip_{NAME}_random.safetensors"
    assert error.value.folder == str(tiny[1])


def test_weights_of_another_network_are_refused(tiny):
    save_file({"a": torch.zeros(2)}, tiny[1] / f"open_clip_{NAME}_random.safetensors")
    with pytest.raises(xai.InputError, match="it belongs to another network"):
        OpenClip(NAME, "random")


def test_an_unknown_model_and_a_missing_package_are_refused(monkeypatch):
    with pytest.raises(xai.InputError, match="no model 'ViT-Z'"):
        OpenClip("ViT-Z")
    import sys

    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(xai.InputError, match=r"pip install -r requirements-clip\.txt"):
        OpenClip()


def test_the_reference_has_an_address():
    file = module.weights_file("ViT-B-16", "openai")
    assert file.filename == "open_clip_ViT-B-16_openai.safetensors"
    assert file.url.endswith("timm/vit_base_patch16_clip_224.openai/resolve/main/open_clip_model.safetensors")
