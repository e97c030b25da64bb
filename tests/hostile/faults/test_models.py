"""Models that visitors bring, while the server is killed, and where nothing can be written."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from xai_core.models import find_model, own_models, remove_model
from xai_core.models.own_described import described
from xai_core.models.own_store import sweep
from xai_core.models.prompts import prompt_models

from .workshop import KILLS, killed

pytestmark = pytest.mark.hostile


def test_no_model_is_lost_or_half_there_when_the_server_is_killed(shop, folders, disk):
    more = {**folders, "XAI_MODELS_MOST": "100000", "XAI_MODELS_MB": "100000"}
    size, acknowledged = 300_000, 0
    for _, told in killed(shop, 0.08, "models", more, "bird", size):
        there = {name for what, name in told if what == "there"}
        gone = {name for what, name in told if what == "gone"}
        going = {name for what, name in told if what == "going"} - gone
        acknowledged += len(there)
        seen = {key.removeprefix("own/") for key in own_models()}
        assert there - gone - going <= seen
        assert not gone & seen
        assert len(seen - there) <= 1, "at most the one that was on its way"
        for name in seen:
            assert described(disk / "models" / name).labels[0] == name
            weights = load_file(disk / "models" / name / "weights.safetensors")["weight"]
            assert (weights == torch.arange(float(size))).all()
        sweep()
        left = {path.name for path in (disk / "models").iterdir()} - {".lock"}
        assert left == seen
        for name in seen:
            remove_model(f"own/{name}")
    assert acknowledged > KILLS


def test_no_list_of_prompts_is_half_there(shop, folders, disk):
    acknowledged = set[str]()
    for number in range(KILLS):
        ((_, told),) = killed(shop, 0.03, "prompts", folders, f"list-{number}", kills=1)
        acknowledged |= set(told)
        seen = set(prompt_models())
        assert acknowledged <= seen
        assert all(find_model(key).architecture == "ViT-B-16" for key in seen)
        sweep()
        assert not list((disk / "models").glob(".new-*"))
