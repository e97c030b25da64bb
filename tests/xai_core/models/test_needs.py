"""How much memory weights take, before anything is loaded."""

import pytest

import xai_core as xai
from xai_core.models import weights_file, weights_mb
from xai_core.models.needs import weights_mb as of_file
from xai_core.models.spec import WeightsFile


def test_a_file_on_this_machine_is_measured(lite0):
    file = weights_file(lite0.spec).local()
    assert weights_mb("efficientnet_lite0") == file.stat().st_size / 1e6


def test_a_file_that_is_not_here_is_as_large_as_its_source_says():
    """torchvision states 527.8 MB (MiB) for VGG-16: 138,357,544 parameters of four bytes are 553 MB."""
    assert weights_mb("vgg16") == pytest.approx(527.8, abs=0.1)
    assert weights_mb("resnet50") == pytest.approx(97.8, abs=0.1)


def test_a_network_of_timm_is_counted_without_its_weights():
    """ViT-Tiny: 5,717,416 parameters, timm's own count."""
    assert weights_mb("vit_tiny_patch16_224.augreg_in21k_ft_in1k") == pytest.approx(22.87, abs=0.01)


def test_nobody_knows_a_file_without_a_size():
    spec = xai.MODELS["resnet18_places365"]
    assert of_file(spec, WeightsFile("nowhere.bin")) is None
