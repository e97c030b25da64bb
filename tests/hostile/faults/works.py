"""The work that is killed, or done on a full disk: each function does what a page does with a real store, in
a process of its own, and acknowledges what is done. `serve` is the process that forks for them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import sys
import traceback
from typing import Any

import torch

import xai_core as xai
from tests.app import new_app
from tests.xai_core.board.conftest import chart_pin
from tests.xai_core.trust_study.conftest import a_study
from xai_core.board import change_board, name_board, read_board, sweep_boards
from xai_core.datasets import open_dataset
from xai_core.evaluation.command import main as evaluation_command
from xai_core.evaluation.evaluate import Plan, evaluate
from xai_core.models import add_model, add_prompts, own_store, remove_model, timm_zoo
from xai_core.trust_study import KeptPictures, StudyStore, open_store

EVERYTHING = 1_000_000  # of whatever is done until the process is killed
TINY = ("tiny_cnn_shapes", 8)
_out = 0


def serve() -> None:
    """Fork for each line of stdin, and say the process and, when it is over, how it ended."""
    import pages._ui.navigation  # noqa: F401

    timm_zoo.timm()  # takes a second of each process that has not imported it
    torch.set_num_threads(1)
    _handle()
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        process = os.fork()
        if process == 0:
            _do(order)
        print(process, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


def _do(order: dict[str, Any]) -> None:
    global _out
    _out = os.open(order["out"], os.O_WRONLY | os.O_APPEND)
    try:
        for name, value in order["environment"].items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        if order.get("file"):
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (order["file"], order["file"]))
        if order.get("user"):
            os.setgroups([])
            os.setgid(order["user"])
            os.setuid(order["user"])
        globals()[order["work"]](*order["given"])
    except BaseException:
        done(traceback.format_exc())
        os._exit(1)
    os._exit(0)


def done(what: object) -> None:
    """Acknowledge: what is said here must be there whatever happens next."""
    os.write(_out, (json.dumps(what) + "\n").encode())


def refused(act: Any, *given: object) -> str:
    """The sentence with which something is refused; "" where it is done."""
    try:
        act(*given)
    except xai.InputError as error:
        return str(error)
    return ""


def pins(board: str) -> None:
    """Pin chart after chart; every fourth time, take the oldest away."""
    held = [pin.title for pin in read_board(board)] if _has(board) else []
    start = max([int(title) for title in held], default=-1) + 1
    for number in range(start, EVERYTHING):
        pin, away = chart_pin(str(number)), int(number % 4 == 0 and number > 40)
        change_board(board, lambda old, pin=pin, away=away: (*old[away:], pin))
        if number > 95:  # the board is nearly full
            change_board(board, lambda old: old[-8:])
        done(number)


def _has(board: str) -> bool:
    return not refused(read_board, board)


def models(name: str, size: int) -> None:
    """Bring model after model, and remove every second one. They are named with the process's number."""
    state = {"weight": torch.arange(float(size))}
    for number in range(EVERYTHING):
        stored = f"{name}-{number}"
        own_store.write(stored, described(stored), state)
        done(["there", stored])
        if number % 2:
            done(["going", stored])
            remove_model(f"own/{stored}")
            done(["gone", stored])


def described(label: str) -> dict[str, Any]:
    """What model.json says of a network of two classes."""
    grid = {"size": [224, 224], "mean": [0.0] * 3, "std": [1.0] * 3, "resize": 256}
    told = {
        "architecture": "resnet18",
        "labels": [label, "none"],
        "auxiliary": False,
        "activation": "softmax",
    }
    return {**told, "grid": {**grid, "interpolation": "bilinear"}}


def prompts(name: str) -> None:
    """Bring list after list of prompts."""
    for number in range(EVERYTHING):
        done(add_prompts(f"{name}-{number}", [f"a cat of {word}" for word in range(80)]))


def answers(url: str, person: int) -> None:
    """Answer question after question of a study."""
    store = StudyStore(url)
    for question in range(max(store.answered(person), default=-1) + 1, EVERYTHING):
        assert store.answer(person, question, question % 5 - 2)
        done(question)


def studies(url: str) -> None:
    """Make study after study, each with three pictures of its own."""
    store = StudyStore(url)
    for number in range(EVERYTHING):
        pictures = {letter * 64: os.urandom(20_000) for letter in "abc"}
        done(store.create(a_study(seed=number), pictures))


def evaluation(data: str, out: str) -> None:
    """Measure a folder of pictures, each part of which is acknowledged."""
    handle = _handle()
    plan = Plan(("centre", "chance"), ("edge", "concentration"))
    evaluate(handle, open_dataset(data, handle.labels), plan, out, lambda p: done(p.done))


def _handle(loaded: list[xai.ModelHandle] = []) -> xai.ModelHandle:  # noqa: B006
    if not loaded:
        loaded.append(xai.load_model(TINY[0], device="cpu"))
    return loaded[0]


def nothing_to_write_to(board: str, models_too: bool) -> None:
    """Everything that is kept, asked for where nothing can be written: what each says."""
    said = {
        "pin": refused(change_board, board, lambda old: (*old, chart_pin("more", "x" * 1900))),
        "name": refused(name_board, board, "Another name"),
        "study": refused(lambda: open_store().create(a_study(), {"a" * 64: os.urandom(3_000_000)})),
        "picture": refused(lambda: KeptPictures(open_store().engine).keep(os.urandom(3_000_000), "a.png")),
        "model": refused(lambda: own_store.write("large", described("large"), {"a": torch.zeros(800_000)})),
        "prompts": refused(lambda: add_prompts("list", [f"{n} {'x' * 5000}" for n in range(900)])),
    }
    if models_too:
        said["remove"] = refused(remove_model, "own/small")
    done(said)


def first_of_all(board: str, model: str) -> None:
    """A board of two pins, a model and a study, as they are before the fault; the keys of the study."""
    change_board(board, lambda _: (chart_pin("first"), chart_pin("second")))
    name_board(board, "Cats")
    own_store.write(model, described("small"), {"a": torch.zeros(5)})
    store = open_store()
    done(store.create(a_study()))
    store.close()


def swept() -> None:
    """What a server does at its start."""
    own_store.sweep()
    sweep_boards()


def page(name: str, link: dict[str, str], press: list[str]) -> None:
    """A visitor opens a page and presses the buttons that are there: everything the app says, and how many
    pictures it shows."""
    app = new_app(name)
    for key, value in link.items():
        app.query_params[key] = value
    app.run()
    for label in press:
        for found in [button for button in app.button if button.label == label][:1]:
            found.click().run()
    shown = [*app.error, *app.warning, *app.markdown, *app.toast, *app.title, *app.info]
    told = " ".join(str(element.value) for element in shown)
    html = " ".join(element.proto.body for element in app.get("html"))
    failed = [element.value for element in app.exception]
    done({"exception": failed, "said": f"{told} {html}", "pictures": len(app.get("image"))})


def command(*arguments: str) -> None:
    """`python -m xai_core.evaluate`, as a person types it: its exit code, and what it says on stderr."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = evaluation_command(list(arguments))
    done([code, said.getvalue()])


def bring(architecture: str, path: str) -> None:
    """Bring a model from a file, as the dialog does."""
    with open(path, "rb") as file:
        done(refused(lambda: add_model("birds", file.read(), architecture, 3, size=64)))
