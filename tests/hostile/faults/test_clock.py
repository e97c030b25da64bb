"""The machine's clock is set back or forward between two actions: nothing is lost, and the order stays."""

from __future__ import annotations

import os
import time

import pytest
import streamlit as st
from streamlit.runtime.caching import cache_utils

import xai_core as xai
from pages._ui.results import evaluations
from tests.xai_core.board.conftest import chart_pin
from tests.xai_core.trust_study.conftest import a_study
from xai_core.board import change_board, pinned_sources, read_board
from xai_core.models import own_models, own_store
from xai_core.trust_study import KeptPictures, StudyStore

from .works import described

pytestmark = pytest.mark.hostile
HOUR, DAY = 3_600, 86_400
BACK = [-HOUR, -DAY]


@pytest.fixture
def set_clock(monkeypatch):
    """`set_clock(seconds)`: from now on `time.time()` is off by so much."""
    right = time.time

    def change(seconds):
        monkeypatch.setattr(time, "time", lambda: right() + seconds)

    return change


@pytest.fixture
def store(disk):
    made = StudyStore(f"sqlite:///{disk / 'studies.sqlite'}")
    yield made
    made.close()


@pytest.mark.parametrize("off", BACK)
def test_a_study_goes_on(store, set_clock, off):
    take, results = store.create(a_study(expires=time.time() + 30 * DAY))
    number, _ = store.for_participants(take)
    ada, tokens = store.join(number, "Ada"), []
    assert store.answer(store.participant(number, ada).id, 0, 2)
    set_clock(off)
    assert store.for_participants(take) == store.for_results(results)
    tokens = [ada, store.join(number, "Grace")]
    for token in tokens:
        assert store.answer(store.participant(number, token).id, 1, -1)
    assert not store.answer(store.participant(number, ada).id, 0, -2), "the first answer stands"
    assert store.participants(number)["name"].tolist() == ["Ada", "Grace"]
    table = store.answers(number)
    order = list(zip(table["name"], table["question"], table["value"], strict=True))
    assert order == [("Ada", 0, 2), ("Ada", 1, -1), ("Grace", 1, -1)]
    assert table["given"].is_monotonic_increasing is False, "the clock was set back"


@pytest.mark.parametrize("off", BACK)
def test_a_kept_picture_stays_as_long_as_was_said(store, set_clock, off):
    """Set back, it stays longer; that day is never earlier than the one that its keeper was told."""
    links = KeptPictures(store.engine)
    first = links.keep(b"one", "one.png")
    set_clock(off)
    second = links.keep(b"two", "two.png")
    links.sweep()
    assert [links.file(link.key) for link in (first, second)] == [b"one", b"two"]
    set_clock(29 * DAY)
    links.sweep()
    assert links.file(first.key) == b"one"
    set_clock(31 * DAY)
    links.sweep()
    assert links.find(first.key) is None
    assert links.find(second.key) is None


@pytest.mark.parametrize("off", BACK)
def test_pins_keep_their_order_and_pages_see_them(folders, disk, set_clock, off):
    """A page that knew the board sees what was pinned later, though the file looks older."""
    board = "c" * 22
    change_board(board, lambda _: [_sourced("one")])
    index = disk / "boards" / board / "board.json"
    assert pinned_sources(board) == ("one",)
    before = index.stat()
    set_clock(off)
    change_board(board, lambda pins: [*pins[1:], _sourced("two")])
    os.utime(index, ns=(before.st_atime_ns, before.st_mtime_ns))  # the very same time, and the same length
    assert index.stat().st_size == before.st_size
    assert pinned_sources(board) == ("two",)
    change_board(board, lambda pins: [*pins, _sourced("six")])
    os.utime(index, (time.time(), time.time()))
    assert pinned_sources(board) == ("two", "six")
    assert [pin.title for pin in read_board(board)] == ["two", "six"]


def _sourced(name):
    pin = chart_pin(name)
    return type(pin)(pin.page, pin.link, name, pin.figure, source=name)


@pytest.mark.parametrize("off", BACK)
def test_evaluations_are_not_deleted_early(tmp_path, set_clock, off):
    own = tmp_path / "now"
    own.mkdir()
    kept = own / "a.parquet"
    kept.write_bytes(b"x")
    set_clock(off)
    evaluations.prune(tmp_path, own)
    assert kept.exists()


@pytest.mark.parametrize("off", BACK)
def test_models_are_swept_by_what_they_are_and_not_by_their_age(folders, disk, set_clock, off):
    own_store.write("birds", described("wren"), {})
    set_clock(off)
    (disk / "models" / ".new-left").mkdir()
    own_store.sweep()
    assert own_models() == ("own/birds",)
    assert not (disk / "models" / ".new-left").exists()


def test_what_streamlit_keeps_ends_by_a_clock_that_nobody_sets(set_clock):
    assert cache_utils.TTLCACHE_TIMER is time.monotonic
    calls = []

    @st.cache_data(ttl=60, show_spinner=False)
    def looked_up():
        calls.append(time.time())
        return len(calls)

    assert looked_up() == 1
    for off in (*BACK, HOUR):
        set_clock(off)
        assert looked_up() == 1


def test_a_map_is_the_same_whatever_the_clock_says(set_clock):
    handle = xai.load_model("tiny_cnn_shapes", device="cpu")
    image = xai.load_image(xai.load_sample("chelsea").pixels[:, 30:])
    first = xai.explain(handle, image, "rise", masks=16, seed=3)
    set_clock(-DAY)
    again = xai.explain(handle, image, "rise", masks=16, seed=3)
    assert first.heatmap.tobytes() == again.heatmap.tobytes()
