"""A model that a visitor brings is refused before it costs much, is his own, and leaves nothing behind."""

from __future__ import annotations

import io
import os
import pickle
import signal
import struct
import subprocess
import sys
import zipfile

import pytest
import torch
from safetensors.torch import save

import xai_core as xai
from tests.conftest import ROOT
from xai_core.models import add_model, find_model, new_keeper, own_models, remove_model
from xai_core.models.outline import outline
from xai_core.models.own_store import keeps, sweep

from .measured import PEAK_MB, SECONDS, costs

pytestmark = pytest.mark.hostile
BEFORE = """
import io, os, torch
from pathlib import Path
os.environ["XAI_MODELS_DIR"] = {folder!r}
from xai_core.models import add_model
from xai_core.models.own import _network
small = io.BytesIO()
torch.save(_network("test_vit", 3, False, (64, 64)).state_dict(), small)
add_model("warm", small.getvalue(), "timm/test_vit", 3, size=64)
"""
TINY = save({"x": torch.zeros(1)})


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_MODELS_DIR", str(tmp_path / "models"))
    return tmp_path / "models"


def archive(described: bytes, numbers: int = 0, kind: int = zipfile.ZIP_STORED) -> bytes:
    """A file of `torch.save` with that pickle and so many zeros."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind, compresslevel=9) as made:
        made.writestr("archive/data.pkl", described)
        made.writestr("archive/version", "3\n")
        if numbers:
            with made.open("archive/data/0", "w", force_zip64=True) as entry:
                for _ in range(0, numbers, 10_000_000):
                    entry.write(bytes(10_000_000))
    return buffer.getvalue()


def header(length: int, told: bytes = b"{}") -> bytes:
    return struct.pack("<Q", length) + told.ljust(length)


def many_entries() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for number in range(60_000):
            made.writestr(f"archive/data/{number}", b"")
        made.writestr("archive/data.pkl", pickle.dumps({}))
    return buffer.getvalue()


CALLS = b"\x80\x02cbuiltins\nbytearray\nq\x00J\x00\x00\x00\x7f\x85R."  # bytearray(2,130,706,432)
MEMO = b"\x80\x02}r" + struct.pack("<I", 2**31) + b"."  # a memo of 16 GB
LONG = b"\x80\x05\x96" + struct.pack("<Q", 2**33) + b"."  # a bytearray of 8 GB
NO_WEIGHTS = "The file does not hold weights alone"
CASES = {
    "100,000 classes": (TINY, "timm/convnext_xxlarge", 100_000, "at most 150 million are accepted."),
    "a gigantic network": (TINY, "timm/vit_gigantic_patch14_224", 10, "at most 150 million are accepted."),
    "a network of billions": (TINY, "timm/vit_7b_patch16_dinov3", 10, "at most 150 million are accepted."),
    "zeros": (
        lambda: archive(pickle.dumps({}), 2_000_000_000, zipfile.ZIP_DEFLATED),
        "resnet18",
        3,
        "The file unpacks to 2,000 MB; at most 600 are accepted.",
    ),
    "a long header": (lambda: header(50_000_000), "resnet18", 3, "in 50.0 MB; at most 2 MB are accepted."),
    "a deep header": (lambda: header(2_000_000, b"{" + b'"a":{' * 300_000), "resnet18", 3, NO_WEIGHTS),
    "a long pickle": (lambda: archive(b"\x80\x02" + b"N0" * 2_000_000), "resnet18", 3, "in 4.0 MB; at most"),
    "many steps": (lambda: archive(b"\x80\x02" + b"N0" * 990_000 + b"N."), "resnet18", 3, "1,000,000 steps"),
    "many entries": (many_entries, "resnet18", 3, "at most 2 MB are accepted."),
    "a call": (lambda: archive(CALLS), "resnet18", 3, NO_WEIGHTS),
    "a memo": (lambda: archive(MEMO), "resnet18", 3, NO_WEIGHTS),
    "a long array": (lambda: archive(LONG), "resnet18", 3, NO_WEIGHTS),
    "a huge shape": (
        lambda: header(100, b'{"a":{"dtype":"F32","shape":[9000000000,9000000000],"data_offsets":[0,0]}}'),
        "resnet18",
        3,
        NO_WEIGHTS,
    ),
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What each case costs."""
    place, calls = tmp_path_factory.mktemp("files"), {}
    for number, (case, (make, architecture, classes, _)) in enumerate(CASES.items()):
        file = place / str(number)
        file.write_bytes(make if isinstance(make, bytes) else make())
        calls[case] = f"add_model('a', Path({str(file)!r}), {architecture!r}, {classes})"
    return costs(BEFORE.format(folder=str(place / "models")), calls)


@pytest.mark.parametrize("case", CASES)
def test_what_is_refused_costs_little(case, measured):
    found, sentence = measured[case], CASES[case][-1]
    assert found.said.startswith("InputError: "), found.said
    assert sentence in found.said
    assert found.megabytes < PEAK_MB, found
    assert found.seconds < SECONDS, found


def test_a_network_that_fits_but_computes_for_minutes_is_refused():
    from xai_core.models.own import _network
    from xai_core.models.own_settings import grid_of
    from xai_core.models.sketch import check_operations, sketch

    grid = grid_of(0.5, 0.5, 1024, None, "bilinear")
    net = sketch(lambda: _network("timm/vit_base_patch8_224", 3, False, grid.size))
    with pytest.raises(xai.InputError, match=r"operations for 1024 x 1024 pixels; at most 200 billion are"):
        check_operations(net, grid, "timm/vit_base_patch8_224")


def test_operations_are_counted():
    """ResNet-18 at 224 x 224 takes 1.8 billion multiplications and as many additions (He et al., table 1)."""
    from torch.utils.flop_counter import FlopCounterMode

    from xai_core.models.own import _network
    from xai_core.models.sketch import sketch

    net = sketch(lambda: _network("resnet18", 1000, False, (224, 224)))
    assert all(parameter.is_meta for parameter in net.parameters())
    with FlopCounterMode(display=False) as counter:
        net(torch.empty((1, 3, 224, 224), device="meta"))
    assert counter.get_total_flops() == pytest.approx(3.6e9, rel=0.05)


@pytest.mark.parametrize("old", [False, True])
def test_the_outline_of_a_file_is_what_is_in_it(old, tmp_path):
    torch.manual_seed(0)
    held = {
        "model": {"module.a.weight": torch.rand(2, 3), "module.b": torch.nn.Parameter(torch.rand(5).half())}
    }
    held |= {"epoch": 3, "optimizer": {"lr": 0.1, "betas": (0.9, 0.999), "step": torch.tensor(7)}}
    file = tmp_path / "a.pth"
    torch.save(held, file, _use_new_zipfile_serialization=not old)
    for given in (file, file.read_bytes()):
        found = outline(given)
        assert {name: tuple(one.shape) for name, one in found.items()} == {"a.weight": (2, 3), "b": (5,)}
        assert all(one.is_meta for one in found.values())


# --- what this server keeps


@pytest.fixture(scope="module")
def state():
    from xai_core.models.own import _network

    torch.manual_seed(2)
    return save(_network("timm/test_vit", 3, False, (64, 64)).state_dict())


def brought(state, name, **options):
    return add_model(name, state, "timm/test_vit", ("wren", "robin", "crow"), size=64, **options)


def test_a_visitors_model_is_known_to_who_has_its_key(state):
    keeper = new_keeper()
    key = brought(state, "birds", keeper=keeper)
    assert key.startswith("own/birds@")
    assert len(key) == len("own/birds@") + 22
    assert own_models() == ()
    assert find_model(key).label == "birds"
    assert xai.load_model(key, "cpu").labels == ("wren", "robin", "crow")
    assert keeps(key, keeper)
    assert not keeps(key, new_keeper())
    with pytest.raises(xai.InputError) as caught:
        find_model("own/birds@" + "A" * 22)
    assert key not in str(caught.value)
    assert "@" not in str(caught.value).replace("'own/birds@" + "A" * 22, "")
    assert brought(state, "birds", keeper=new_keeper()) != key, "another visitor may use the same name"
    for guess in ("own/birds@../..", "own/.lock", "own/..", "own/birds@"):
        with pytest.raises(xai.InputError):
            find_model(guess)
    remove_model(key)
    with pytest.raises(xai.InputError, match="no model"):
        find_model(key)


def test_the_number_and_the_bytes_of_models_are_limited(state, monkeypatch):
    monkeypatch.setenv("XAI_MODELS_MOST", "2")
    first = brought(state, "a", keeper=new_keeper())
    brought(state, "b")
    with pytest.raises(xai.InputError, match=r"^This server keeps 2 models; at most 2 are accepted\.$"):
        brought(state, "c")
    remove_model(first)
    monkeypatch.setenv("XAI_MODELS_MB", "2")
    with pytest.raises(xai.InputError, match=r"would take 2.4 MB; at most 2 MB are accepted\.$"):
        brought(state, "c")
    assert own_models() == ("own/b",)


def test_the_limits_of_a_file_are_the_owners(state, monkeypatch):
    monkeypatch.setenv("XAI_MODEL_MB", "1")
    with pytest.raises(xai.InputError, match=r"^The file has 1 MB; at most 1 are accepted\.$"):
        brought(state, "a")
    monkeypatch.setenv("XAI_MODEL_MB", "9")
    monkeypatch.setenv("XAI_MODEL_PARAMETERS", "0")
    with pytest.raises(xai.InputError, match=r"has 0 million parameters; at most 0 million are accepted\.$"):
        brought(state, "a")


def test_an_upload_that_was_killed_leaves_nothing(folder):
    code = """
import time, torch
from xai_core.models import own_store
def slow(numbers, path):
    path.write_bytes(b"half"); print("writing", flush=True); time.sleep(60)
own_store.save_file = slow
own_store.write("birds", {}, {"a": torch.zeros(1)})
"""
    writing = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert writing.stdout is not None
    assert writing.stdout.readline() == "writing\n"
    assert [p.name[:5] for p in folder.iterdir() if p.is_dir()] == [".new-"]
    assert own_models() == ()
    os.kill(writing.pid, signal.SIGKILL)
    writing.wait()
    writing.stdout.close()
    sweep()
    assert [p.name for p in folder.iterdir() if p.is_dir()] == []


def test_a_description_that_was_left_is_no_model(folder):
    (folder / "a").mkdir(parents=True)
    assert own_models() == ()
