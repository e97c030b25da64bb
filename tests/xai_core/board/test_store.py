"""Boards on disk: order, edits, crashes, many at once, keys."""

import dataclasses
import os
import threading

import pytest

import xai_core as xai
from xai_core.board import change_board, is_board_key, new_board, read_board, store

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

    monkeypatch.setattr(store.os, "replace", crash)
    with pytest.raises(OSError, match="stopped"):
        change_board(board, lambda pins: (*pins, map_pins[1]))
    assert len(done) == step
    monkeypatch.setattr(store.os, "replace", real)
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


def test_a_damaged_board_says_so(boards):
    board = new_board()
    change_board(board, lambda pins: [chart_pin()])
    (boards / board / "board.json").write_text('{"pins": [{}]}')
    with pytest.raises(xai.InputError, match="damaged"):
        read_board(board)
