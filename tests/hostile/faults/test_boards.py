"""Pinboards while the server is killed, and where nothing can be written."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from xai_core.board import read_board, sweep_boards

from .places import fill, read_only, small_disk
from .workshop import KILLS, killed

pytestmark = pytest.mark.hostile
BOARD = "b" * 22
VIEW = {"board": BOARD, "image": "chelsea"}
SETTINGS = {  # what each sentence names, for whoever runs the server
    "pin": "XAI_BOARDS_DIR",
    "name": "XAI_BOARDS_DIR",
    "study": "XAI_DATA_DIR",
    "picture": "XAI_DATA_DIR",
    "model": "XAI_MODELS_DIR",
    "prompts": "XAI_MODELS_DIR",
    "remove": "XAI_MODELS_DIR",
}


def test_no_pin_is_lost_when_the_server_is_killed(shop, folders, disk):
    board, last = "a" * 22, -1
    for _, told in killed(shop, 0.06, "pins", folders, board):
        last = max([last, *told])
        home = disk / "boards" / board
        if last < 0 and not (home / "board.json").exists():
            sweep_boards()
            assert not home.exists(), "a board without a list is no board"
            continue
        pins = read_board(board)
        assert [pin.damage for pin in pins] == [""] * len(pins)
        numbers = [int(pin.title) for pin in pins]
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert last <= numbers[-1] <= last + 1, "at most the one that was on its way"
        sweep_boards()
        left = {path.name for path in home.iterdir()}
        assert left - {"lock"} == {"board.json", *(f"{pin.key}.plotly.json" for pin in pins)}
    assert last > KILLS


def everything_on(disk):
    """All files with their bytes, less the locks, what fills the disk, and the database, which is asked."""
    files = (path for path in disk.rglob("*") if path.is_file() and path.parent.name != "data")
    kept = (path for path in files if path.name not in ("filling", "lock", ".lock"))
    return {str(path.relative_to(disk)): path.read_bytes() for path in kept}


@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_where_nothing_can_be_written_the_rest_goes_on(shop, folders, disk, fault):
    """Each refusal is a sentence that says what can be set, and no path; what was there can be read and is as
    it was, and the map is shown. When the disk can be written to again, all is as before."""
    with small_disk(disk) if fault == "full" else nullcontext({}) as limits:
        keys = shop.does("first_of_all", folders, BOARD, "small", **limits)
        fill(disk)
        there = everything_on(disk)
        with read_only(disk) if fault == "read-only" else nullcontext(limits) as now:
            said = shop.does("nothing_to_write_to", folders, BOARD, fault == "read-only", **now)
            overview = shop.does("page", folders, "overview", VIEW, ["Pin"], **now)
            board = shop.does("page", folders, "board", {"board": BOARD}, ["Remove"], **now)
            taken = shop.does("page", folders, "study", {"take": keys[0]}, ["Start"], **now)
            shop.does("swept", folders, **now)
        for kept, sentence in said.items():
            assert sentence.count(". ") == 1, (kept, sentence)
            assert SETTINGS[kept] in sentence
            assert str(disk) not in sentence
        assert everything_on(disk) == there, "nothing is lost, and nothing half-written is left"
        for shown in (overview, board, taken):
            assert shown["exception"] == []
            assert str(disk) not in shown["said"]
        assert overview["pictures"] >= 3
        assert "Not pinned: Pinboards cannot be kept on this server at the moment" in overview["said"]
        assert "Pinboards cannot be kept" in board["said"] or fault == "full"  # what is removed makes room
        assert "Studies, answers and pictures cannot be kept" in taken["said"]
        if fault == "full":
            (disk / "filling").unlink()
        shop.does("page", folders, "overview", VIEW, ["Pin"], **limits)
        assert len(read_board(BOARD)) == 3
        assert "of 12" in shop.does("page", folders, "study", {"take": keys[0]}, ["Start"], **limits)["said"]
