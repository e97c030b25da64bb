"""Checkpoints of odd tensors and descriptions that somebody changed: one sentence, and the page goes on."""

from __future__ import annotations

import io
import json
import struct

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save

import xai_core as xai
from tests.pages.conftest import button, labels, select
from tests.pages.test_bring import checkpoint, filled
from xai_core.models import add_model, find_model, new_keeper, own_models, remove_model
from xai_core.models.fitting import outlined, tensors
from xai_core.models.own import _network

from .test_annotations import anything

pytestmark = pytest.mark.hostile
__all__ = ["checkpoint"]
HEAD = "head.weight"
PLAIN = "of plain tensors with numbers, are accepted."


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_MODELS_DIR", str(tmp_path / "models"))
    for name in ("XAI_SHARED_MODELS", "XAI_ONE_PERSON"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "models"


@pytest.fixture(scope="module")
def state():
    torch.manual_seed(2)
    return _network("timm/test_vit", 3, False, (64, 64)).state_dict()


def saved(state):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def brought(file, **options):
    return add_model("birds", file, "timm/test_vit", ("wren", "robin", "crow"), size=64, **options)


ODD = {
    "sparse": (lambda w: w.to_sparse(), PLAIN),
    "compressed rows": (lambda w: w.to_sparse_csr(), PLAIN),
    "without numbers": (lambda w: w.to("meta"), PLAIN),
    "quantised": (lambda w: torch.quantize_per_tensor(w, 0.1, 0, torch.qint8), PLAIN),
    "8 bits of float": (lambda w: w.to(torch.float8_e4m3fn), PLAIN),
    "nested": (lambda w: torch.nested.nested_tensor(list(w)), PLAIN),
    "complex": (lambda w: w.to(torch.complex64), "'head.weight' holds numbers of the type complex64"),
    "whole": (lambda w: w.to(torch.int64), "'head.weight' holds numbers of the type int64"),
    "truth values": (lambda w: w.bool(), "'head.weight' holds numbers of the type bool"),
    "not a number": (lambda w: w * float("nan"), "numbers that are not finite"),
    "infinite": (lambda w: w * float("inf"), "numbers that are not finite"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", ODD)
def test_odd_tensors_are_one_sentence(case, state, folder):
    change, sentence = ODD[case]
    with pytest.raises(xai.InputError) as caught:
        brought(saved(state | {HEAD: change(state[HEAD])}))
    assert sentence in str(caught.value)
    assert str(caught.value).count(". ") == 0, "one sentence"
    assert own_models() == ()
    assert not list(folder.glob("birds*"))


@pytest.mark.parametrize("kind", [torch.float64, torch.float16, torch.bfloat16])
def test_other_floats_are_weights(kind, state):
    key = brought(saved({name: value.to(kind) for name, value in state.items()}))
    with xai.load_model(key, "cpu").session() as net:
        assert torch.equal(net.state_dict()[HEAD], state[HEAD].to(kind).float())


def tampered(state, change):
    """A file of safetensors whose header `change` has been at."""
    file = save({name: value.contiguous() for name, value in state.items()})
    (length,) = struct.unpack("<Q", file[:8])
    told = json.loads(file[8 : 8 + length])
    head = change(told) or told
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + file[8 + length :]


def offsets(value):
    return lambda told: told[HEAD].update(data_offsets=value)


HEADERS = {
    "overlapping": lambda told: told[HEAD].update(data_offsets=told["norm.weight"]["data_offsets"]),
    "negative": offsets([-4, 0]),
    "beyond the file": offsets([0, 2**70]),
    "words": offsets(["a", "b"]),
    "one number": offsets([0]),
    "no numbers": offsets(None),
    "no type": lambda told: told[HEAD].pop("dtype") and None,
    "an unknown type": lambda told: told[HEAD].update(dtype="F99"),
    "a shape of words": lambda told: told[HEAD].update(shape="ab"),
    "a shape of halves": lambda told: told[HEAD].update(shape=[1.5]),
    "a negative shape": lambda told: told[HEAD].update(shape=[-3, -9]),
    "a list": lambda told: told.update({HEAD: [1]}),
    "half a character": lambda told: told.update({"\ud800": told.pop(HEAD)}),
    "bytes": lambda told: json.dumps(told).encode().replace(b"norm", b"\xff\xfe\xfa\xf9"),
    "no object": lambda _: b"{]",
}


@pytest.mark.parametrize("case", HEADERS)
def test_a_header_that_lies_is_one_sentence(case, state, folder):
    with pytest.raises(xai.InputError) as caught:
        brought(tampered(state, HEADERS[case]))
    str(caught.value).encode()
    assert own_models() == ()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["dtype", "shape", "data_offsets"]), anything)
def test_whatever_stands_in_a_header(state, part, value):
    file = tampered({HEAD: state[HEAD]}, lambda told: told[HEAD].update({part: value}))
    try:
        outlined(file)
        found = tensors(file)
    except xai.InputError:
        return
    assert set(found) == {HEAD}


def test_a_page_shows_the_sentence(open_app, checkpoint):
    weights = torch.load(io.BytesIO(checkpoint), weights_only=True)
    weights["classifier.1.bias"] = weights["classifier.1.bias"].to(torch.complex64)
    app = filled(open_app(), saved(weights))
    button(app, "Add").click().run()
    assert not app.exception
    assert [error.value for error in app.error] == [
        "The tensor 'classifier.1.bias' holds numbers of the type complex64; float ones are accepted."
    ]
    assert own_models() == ()


# --- the description of a model


WRONG = [None, 7, -1, 2**80, 1e308, True, float("nan"), "", "\ud800", [], {}, ["a"], ["\ud800", "b", "c"]]
PARTS = ["architecture", "labels", "auxiliary", "activation", "grid"]
PARTS += [f"grid.{part}" for part in ("size", "resize", "interpolation", "mean", "std")]
MAY_BE = {"auxiliary": (True,), "grid.mean": (7, -1, True), "grid.std": (7, True)}


def changed(told, part, value="gone"):
    whole = json.loads(json.dumps(told))
    *outer, last = part.split(".")
    at = whole[outer[0]] if outer else whole
    if value == "gone":
        del at[last]
    else:
        at[last] = value
    return whole


@pytest.fixture
def described(state, folder):
    key = brought(saved(state))
    return key, folder / "birds" / "model.json"


def test_every_part_of_a_description_is_checked(described):
    key, file = described
    told = json.loads(file.read_text())
    for part in PARTS:
        for value in ["gone", *WRONG]:
            if any(
                value is fine or (value == fine and type(value) is type(fine))
                for fine in MAY_BE.get(part, ())
            ):
                continue
            file.write_text(json.dumps(changed(told, part, value)))
            for use in (find_model, xai.load_model):
                with pytest.raises(
                    xai.InputError, match=r"^The description of the model 'own/birds' is damaged"
                ):
                    use(key)
    file.write_text(json.dumps(told))
    assert xai.load_model(key, "cpu").labels == ("wren", "robin", "crow")


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"null", b"7", b"\xff\xfe", b"[" * 1_000_000, b'{"a":' + b"9" * 9_999]
)
def test_what_is_no_description(text, described):
    key, file = described
    file.write_bytes(text)
    with pytest.raises(xai.InputError, match=r"^The description of the model 'own/birds' is damaged"):
        find_model(key)
    remove_model(key)
    assert not file.parent.exists(), "what is damaged can be removed"


@pytest.mark.parametrize(
    ("part", "value", "sentence"),
    [
        ("architecture", "timm/none_such", "There is no architecture 'timm/none_such'"),
        ("architecture", "resnet18", "it belongs to another network"),
        ("labels", ["a", "b"], "it belongs to another network"),
        ("grid.size", [64, 80], "birds"),
    ],
)
def test_a_description_of_another_network(part, value, sentence, described):
    key, file = described
    file.write_text(json.dumps(changed(json.loads(file.read_text()), part, value)))
    with pytest.raises(xai.InputError, match=sentence):
        xai.load_model(key, "cpu")


def test_a_damaged_model_takes_no_page_from_anybody(open_app, described, folder):
    """It is offered to nobody, and its link says why."""
    key, file = described
    told = file.read_text()
    file.write_text(told.replace("wren", "\\ud800"))
    other = open_app()
    assert not other.exception
    assert "birds, own" not in select(other, "Model").options
    opened = open_app(model=key)
    assert not opened.exception
    assert "is damaged" in opened.warning[0].value
    assert select(opened, "Model").value == "efficientnet_lite0"
    assert str(folder) not in opened.warning[0].value


def test_weights_that_were_damaged_later_are_a_sentence_without_a_path(open_app, state, folder):
    key = brought(saved(state), keeper=new_keeper())
    (weights,) = folder.glob("birds*/weights.safetensors")
    weights.write_bytes(b"garbage" * 99)
    app = open_app(model=key)
    assert not app.exception
    assert app.title[0].value == "birds cannot be loaded"
    assert str(folder) not in " ".join(one.value for one in app.markdown)
    assert "Back to EfficientNet-Lite0" in labels(app)
    button(app, "Back to EfficientNet-Lite0").click().run()
    assert app.title[0].value.startswith("Answer: ")
