"""Behind attention no part of a picture stays as it was, so whole pictures are computed."""

import torch

import xai_core as xai
from xai_core.scoring.incremental.engine import GLOBAL, engine_of


def test_a_transformer_has_no_engine_and_a_cnn_has_one():
    found = {}
    for key in ("tiny_vit_shapes", "tiny_cnn_shapes"):
        handle = xai.load_model(key, device="cpu")
        with handle.session(), torch.no_grad():
            found[key] = engine_of(handle.scorer, handle.blank())
    assert found["tiny_vit_shapes"].network is None
    assert found["tiny_vit_shapes"].reason == GLOBAL
    assert found["tiny_cnn_shapes"].network is not None
