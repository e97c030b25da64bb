"""Boards on disk: order, edits, crashes, many at once, keys."""

import dataclasses
import os
import threading

import pytest

import xai_core as xai
from xai_core.board import (
    PinnedPicture,
    board_name,
    board_zip,
    change_board,
    folder,
    is_board_key,
    load_zip,
    name_board,
    new_board,
    pinned_picture,
    pinned_sources,
    read_board,
    store,
)

from .conftest import chart_pin


def titles(board):
    return [pin.title for pin in read_board(board)]


def test_a_board_keeps_order_titles_and_maps(boards, map_pins):
    board = new_board()
    for pin in (*map_pins, chart_pin("last")):
        change_board(board, lambda pins, pin=pin: (*pins, pin))
    change_board(board, lambda pins: (pins[-1], *pins[:-1]))
    first, second = read_board(board)[:2]
    assert first.title == "last"
    assert (second.map.e.heatmap == map_pins[0].map.e.heatmap).all()
    change_board(board, lambda pins: [dataclasses.replace(pins[0], note="new"), *pins[1:]])
    assert read_board(board)[0].note == "new"


def test_what_is_removed_leaves_no_file(boards, map_pins):
    board = new_board()
    change_board(board, lambda pins: map_pins)
    assert len(list((boards / board).glob("picture_*"))) == 1
    change_board(board, lambda pins: ())
    assert {path.name for path in (boards / board).iterdir()} <= {"board.json", "lock"}
    assert read_board(board) == ()


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_a_crash_at_any_write_leaves_the_old_board(boards, map_pins, monkeypatch, step):
    """A new map is three new files beside the picture, and the list of pins is the last write."""
    board = new_board()
    change_board(board, lambda pins: map_pins[:1])
    real, done = os.replace, []

    def crash(source, target):
        if len(done) == step:
            raise OSError("the machine stopped")
        done.append(target)
        real(source, target)

    monkeypatch.setattr(folder.os, "replace", crash)
    with pytest.raises(xai.InputError, match="cannot be kept on this server at the moment"):
        change_board(board, lambda pins: (*pins, map_pins[1]))
    assert len(done) == step
    monkeypatch.setattr(folder.os, "replace", real)
    assert titles(board) == [map_pins[0].title]
    change_board(board, lambda pins: (*pins, map_pins[1]))
    assert titles(board) == [pin.title for pin in map_pins[:2]]
    assert not list((boards / board).glob("*.writing"))


def test_nobody_loses_a_pin_to_somebody_else(boards):
    board = new_board()

    def add(number):
        for n in range(5):
            change_board(board, lambda pins, n=n: (*pins, chart_pin(f"{number}-{n}")))

    people = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    found = titles(board)
    assert sorted(found) == sorted(f"{number}-{n}" for number in range(4) for n in range(5))
    for number in range(4):
        own = [title for title in found if title.startswith(f"{number}-")]
        assert own == sorted(own)


def test_a_board_holds_a_hundred(boards):
    board = new_board()
    change_board(board, lambda pins: [chart_pin(str(n)) for n in range(100)])
    with pytest.raises(xai.InputError, match="101 pins; a board holds 100"):
        change_board(board, lambda pins: (*pins, chart_pin("one more")))
    assert len(read_board(board)) == 100


def test_keys_cannot_be_guessed_and_are_no_paths(boards):
    assert len({new_board() for _ in range(100)}) == 100
    assert is_board_key(new_board())
    for key in ("", "../../../../../etc/pass", "short", "a" * 21 + "/", "a" * 22 + "\n"):
        assert not is_board_key(key)
        with pytest.raises(xai.InputError, match="no pinboard"):
            change_board(key, lambda pins: pins)
    with pytest.raises(xai.InputError, match="not on this machine"):
        read_board(new_board())
    assert not boards.exists()


def test_a_damaged_list_of_pins_says_so(boards):
    board = new_board()
    change_board(board, lambda pins: [chart_pin()])
    for text in ("{", "[]", '{"pins": 7}', "[" * 100_000, '{"pins": [' + "[]," * 200_000 + "[]]}"):
        (boards / board / "board.json").write_text(text)
        for use in (read_board, board_name, lambda key: change_board(key, lambda pins: pins)):
            with pytest.raises(xai.InputError, match="damaged"):
                use(board)
        assert pinned_sources(board) == ()


def test_a_damaged_pin_says_so_and_the_others_stand(boards, map_pins):
    """Its record and its files are kept until it is removed: a disk that comes back brings the pin back."""
    board = new_board()
    change_board(board, lambda pins: [chart_pin("first"), map_pins[0], chart_pin("last")])
    heatmap = next((boards / board).glob("*.npy"))
    aside = heatmap.rename(heatmap.with_suffix(".away"))
    store._whole_pin.cache_clear()
    first, damaged, last = read_board(board)
    assert [pin.damage for pin in (first, last)] == ["", ""]
    assert damaged.damage == "A file of this pin cannot be read (No such file or directory)."
    assert (damaged.title, damaged.key) == (map_pins[0].title, map_pins[0].key)
    aside.rename(heatmap)
    change_board(board, lambda pins: pins[::-1])
    store._whole_pin.cache_clear()
    assert [pin.damage for pin in read_board(board)] == ["", "", ""]
    heatmap.write_bytes(b"no array")
    store._whole_pin.cache_clear()
    assert "is no .npy of float32" in read_board(board)[1].damage
    change_board(board, lambda pins: [pin for pin in pins if not pin.damage])
    assert not list((boards / board).glob("*.npy"))
    assert titles(board) == ["last", "first"]


def test_a_name_stays_while_pins_change(boards):
    board = new_board()
    assert board_name(board) == ""
    with pytest.raises(xai.InputError, match="not on this machine"):
        name_board(board, "Cats")
    change_board(board, lambda _: [chart_pin()])
    name_board(board, "Cats")
    change_board(board, lambda pins: (*pins, chart_pin("Another")))
    assert board_name(board) == "Cats"
    assert len(read_board(board)) == 2
    with pytest.raises(xai.InputError, match="201 characters; 200"):
        name_board(board, "x" * 201)


def test_sources_follow_the_pins(boards):
    board = new_board()
    assert pinned_sources(board) == ()
    change_board(board, lambda _: [dataclasses.replace(chart_pin(), source="one"), chart_pin()])
    assert pinned_sources(board) == ("one", "")
    change_board(board, lambda pins: pins[1:])
    assert pinned_sources(board) == ("",)
    (boards / board / "board.json").write_text("nothing")
    assert pinned_sources(board) == ()


def test_a_boards_picture_is_read_by_its_key_and_its_sha256(boards, map_pins, chelsea):
    board = new_board()
    change_board(board, lambda _: map_pins[:2])
    found = pinned_picture(board, chelsea.sha256[:16])
    assert found.image() == chelsea
    assert (found.fit, found.name) == ("crop", chelsea.name)
    for wrong in (chelsea.sha256[:15], "", "0" * 16):
        with pytest.raises(xai.InputError, match="not on its pinboard any more"):
            pinned_picture(board, wrong)
    with pytest.raises(xai.InputError, match="not on this machine"):
        pinned_picture(new_board(), chelsea.sha256)
    with pytest.raises(xai.InputError, match="no pinboard"):
        pinned_picture("../../etc", chelsea.sha256)


def test_a_chart_keeps_the_picture_of_its_view(boards, chelsea):
    seen = PinnedPicture(xai.to_png(chelsea), chelsea.name, chelsea.sha256)
    board = new_board()
    change_board(board, lambda _: [dataclasses.replace(chart_pin(), seen=seen), chart_pin()])
    first, second = load_zip(board_zip(read_board(board)))
    assert first.picture.image() == chelsea
    assert second.picture is None
    damaged = dataclasses.replace(seen, file=b"nothing")
    with pytest.raises(xai.InputError, match="is damaged"):
        load_zip(board_zip([dataclasses.replace(chart_pin(), seen=damaged)]))


def test_pins_in_memory_have_a_bound_in_bytes(boards, map_pins):
    """Not in number: a pin may be a chart of some kilobytes or a picture of many megabytes."""
    store._whole_pin.cache_clear()
    board, own = new_board(), map_pins[0]
    change_board(board, lambda pins: [own, *(chart_pin(str(n)) for n in range(80))])
    found = read_board(board)
    texts = sum(len(pin.figure) + len(pin.note) for pin in found)
    pictures = len(own.map.picture) + len(own.map.drawn) + own.map.e.heatmap.nbytes
    assert store._whole_pin.cache.currsize == texts + pictures
    assert len(store._whole_pin.cache) == 81
    assert store._whole_pin.cache.maxsize == store.KEPT_BYTES
