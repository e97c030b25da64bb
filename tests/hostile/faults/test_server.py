"""The whole server: killed while somebody pins, started again on the same folders, and run without a home."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests import loops
from tests.browser.conftest import free_port, served, wait_until_healthy
from tests.conftest import ROOT
from xai_core.board import boards_folder, read_board

pytestmark = pytest.mark.hostile
HOME = ("HOME", "XDG_CACHE_HOME", "DATABASE_URL", "XAI_BOARDS_DIR", "XAI_MODELS_DIR", "XAI_DATA_DIR")
# an account that no list of accounts knows; it may read what this one may, such as the Python that runs
NOBODY = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
NOBODY += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
REFUSED = "Pinboards cannot be kept on this server at the moment"


def may_be_nobody() -> bool:
    """Whether this process may start one under that account."""
    if shutil.which("setpriv") is None:
        return False
    return subprocess.run([*NOBODY, sys.executable, "-c", ""], capture_output=True).returncode == 0


class Visitor:
    """One connection without a browser."""

    def __init__(self, socket):
        self.socket, self.pins, self.pictures, self.wrong, self.toasts = socket, {}, 0, [], []

    async def run(self, query: str, trigger: str = "") -> str:
        """Open the overview with that query, or press a button there; the query afterwards."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = query, ""
        if trigger:
            pressed = state.widget_states.widgets.add()
            pressed.id, pressed.trigger_value = trigger, True
        await self.socket.send(message.SerializeToString())
        while True:
            told = ForwardMsg()
            told.ParseFromString(await asyncio.wait_for(self.socket.recv(decode=False), 60))
            kind = told.WhichOneof("type")
            if kind == "delta":
                element = told.delta.new_element
                what = element.WhichOneof("type")
                self.pictures += what == "imgs"
                if what == "exception":
                    self.wrong.append(element.exception.message)
                if what == "toast":
                    self.toasts.append(element.toast.body)
                if what == "button" and element.button.label == "Pin":
                    self.pins.setdefault(element.button.id, None)
            elif kind == "page_info_changed":
                query = told.page_info_changed.query_string
            elif kind == "script_finished" and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return query


@contextlib.asynccontextmanager
async def visitor(port: int):
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], max_size=None, open_timeout=60) as socket:
        yield Visitor(socket)


async def pin_until_killed(port: int, server: subprocess.Popen) -> str:
    """Pin a map, which is acknowledged, then others; the server is killed while it is at it. The board's
    link."""
    async with visitor(port) as own:
        link = await own.run("image=chelsea")
        first, second, *_ = own.pins
        link = await own.run(link, first)
        asyncio.get_running_loop().call_later(random.Random(3).uniform(0.02, 0.1), server.kill)
        with contextlib.suppress(ConnectionClosed):
            await own.run(link, second)
            await own.run(link, first)
        return link


def test_a_server_that_is_killed_while_people_pin_starts_again(folders, disk):
    """What was acknowledged is there, the remains of the killed one are swept, and the next pin is taken."""
    port = free_port()
    with served(port, **folders) as server:
        link = loops.run(pin_until_killed(port, server))
        assert server.wait(20) == -signal.SIGKILL
    board = link.partition("board=")[2].partition("&")[0]
    home = boards_folder() / board
    assert len(read_board(board)) in (1, 2)
    left = [home / "abc.writing", home / "0123456789abcdef.png", disk / "models" / ".new-left" / "model.json"]
    never = boards_folder() / ("z" * 22) / "def.writing"
    for path in (*left, never):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")

    async def goes_on() -> None:
        async with visitor(port) as own:
            again = await own.run(link)
            for pin in list(own.pins)[:3]:
                again = await own.run(again, pin)
            assert own.wrong == []
            assert own.pictures >= 3

    with served(port, **folders):
        loops.run(goes_on())
        ends = time.monotonic() + 60
        while any(path.exists() for path in (*left, never.parent)):
            assert time.monotonic() < ends, "what the killed server left is not swept"
            time.sleep(0.2)
    assert len(read_board(board)) == 3


def test_a_page_is_shown_where_the_home_does_not_exist(shop):
    """What cannot be kept says so."""
    environment = {**dict.fromkeys(HOME), "HOME": "/proc/none"}
    shown = shop.does("page", environment, "overview", {"image": "chelsea"}, ["Pin"])
    study = shop.does("page", environment, "study", {"take": "a" * 22}, [])
    assert shown["exception"] == study["exception"] == []
    assert shown["pictures"] >= 3
    assert f"Not pinned: {REFUSED}" in shown["said"]
    assert "XAI_BOARDS_DIR" in shown["said"]
    assert "XAI_DATA_DIR" in study["said"]


@pytest.mark.skipif(not may_be_nobody(), reason="this process may not start another under another account")
def test_a_server_starts_for_an_account_without_name_and_home(disk):
    """It shows the map, refuses what it cannot keep, and writes nothing to where it was started."""
    port, log = free_port(), disk / "log"
    environment = {name: value for name, value in os.environ.items() if name not in HOME}
    server = [sys.executable, "-m", "xai_core.cli", "--headless", "--port", str(port)]
    environment["PYTHONPATH"] = str(ROOT)
    place = disk / "started here"
    place.mkdir()
    place.chmod(0o777)

    async def look() -> None:
        async with visitor(port) as own:
            link = await own.run("image=chelsea")
            assert own.pictures >= 3
            await own.run(link, next(iter(own.pins)))
            assert own.wrong == []
            assert any(f"Not pinned: {REFUSED}" in text for text in own.toasts), own.toasts

    with log.open("wb") as said:
        started = subprocess.Popen([*NOBODY, *server], cwd=place, env=environment, stderr=said, stdout=said)
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}", started)
            loops.run(look())
        finally:
            started.terminate()
            started.wait(20)
    assert list(place.iterdir()) == []
