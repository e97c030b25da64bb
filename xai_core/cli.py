"""The command `saliency-lab`: it starts the app, and has the library's commands under one roof.

A command's module is imported only when the command is called, so `saliency-lab --help` loads no torch.
Streamlit is started as a program of its own: the library never imports it.
"""

from __future__ import annotations

import argparse
import importlib
import ipaddress
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ._version import __version__
from .disk import HOMELESS

PACKAGE = Path(__file__).resolve().parent
BAD_INPUT = 2


@dataclass(frozen=True)
class Command:
    """A command: `module` has main(arguments, prog) -> exit code; `about` is its line of the help."""

    name: str
    module: str
    about: str


COMMANDS = (
    Command("evaluate", "evaluation.command", "measure methods over a labelled data set; writes a table"),
    Command("report", "metrics.report", "compare methods on a folder: insertion, deletion, fidelity"),
    Command("robustness", "metrics.robustness", "attack the photographs of a folder"),
    Command("badges", "metrics.badges", "compare each method's maps with those of random weights"),
    Command("lime-study", "metrics.lime_study", "compare LIME with class activation maps on a folder"),
    Command("study", "studies.command", "do a classic study from beginning to end; writes a report"),
    Command("check", "testing.command", "check whether a network looks at the right thing; for CI"),
    Command("rank", "ranking.command", "rank methods on a folder, until it is decided; writes a report"),
    Command("concepts", "concepts.__main__", "name the units of a network by what they respond to"),
    Command("range", "known_truth.command", "each method's error where the right attribution is known"),
    Command("spuriosity", "spuriosity.command", "find what a network answers by instead of a class"),
)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, or start the app; the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and not given[0].startswith("-"):
        return _run_command(given[0], given[1:])
    options = _parser().parse_args(given)
    return _start_app(options)


def _run_command(name: str, arguments: list[str]) -> int:
    command = next((command for command in COMMANDS if command.name == name), None)
    if command is None:
        known = ", ".join(command.name for command in COMMANDS)
        return _refuse(f"There is no command {name!r}; the commands are {known}.")
    module = importlib.import_module(f".{command.module}", __package__)
    return module.main(arguments, f"saliency-lab {name}")


def _parser() -> argparse.ArgumentParser:
    width = max(len(command.name) for command in COMMANDS)
    lines = [f"  {command.name:<{width}}  {command.about}" for command in COMMANDS]
    parser = _Parser(
        prog="saliency-lab",
        usage="saliency-lab [--port N] [--address HOST] [--headless]\n       saliency-lab COMMAND ...",
        description="Start the app, or run a command. Without a command the app starts and its address is "
        "printed.",
        epilog="commands:\n" + "\n".join(lines) + "\n\nsaliency-lab COMMAND --help explains a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", default="8501", help="port of the app (default: 8501)")
    parser.add_argument(
        "--address",
        default="127.0.0.1",
        metavar="HOST",
        help="address that the app listens on; 0.0.0.0 lets other machines in (default: 127.0.0.1)",
    )
    parser.add_argument("--headless", action="store_true", help="do not open a browser window")
    parser.add_argument("--version", action="version", version=f"saliency-lab {__version__}")
    return parser


def _start_app(options: argparse.Namespace) -> int:
    script = app_script()
    if script is None:
        return _refuse(f"The app is not installed beside {PACKAGE}: reinstall saliency-lab.")
    wrong = _why_not(options.address, options.port)
    if wrong is not None:
        return _refuse(wrong)
    if is_loopback(options.address):  # one person, unless he says that a proxy lets others in
        os.environ.setdefault("XAI_ONE_PERSON", "1")
    if os.path.expanduser("~") == "~":  # Streamlit does not start for an account without a home
        os.environ["HOME"] = str(HOMELESS)
    return _replace_process(server_command(script, options.address, options.port, options.headless))


def app_script() -> Path | None:
    """The app's dashboard.py: of the wheel, which keeps it in saliency_lab/, or of the checkout."""
    places = (PACKAGE.parent / "saliency_lab" / "dashboard.py", PACKAGE.parent / "dashboard.py")
    return next((place for place in places if place.is_file()), None)


def server_command(script: Path, address: str, port: str, headless: bool) -> list[str]:
    """The command line of Streamlit's server, which reads .streamlit/config.toml beside the script. With -P,
    no module of the working folder takes the place of an installed one."""
    options = {"server.address": address, "server.port": port, "server.showEmailPrompt": "false"}
    options |= {"server.fileWatcherType": "none"} | ({"server.headless": "true"} if headless else {})
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return [sys.executable, "-P", "-m", "streamlit", "run", str(script), *flags]


def is_loopback(address: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _why_not(address: str, port: str) -> str | None:
    """Why the app cannot listen there, in one sentence; None if it can."""
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        return f"--port is {port!r}; a whole number from 1 to 65535 is accepted."
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.create_server((address, int(port)), family=family):
            return None
    except OSError as error:
        return f"The app cannot listen on {address}, port {port}: {error.strerror or error}."


def _replace_process(command: list[str]) -> int:
    """Become that program, so that signals reach it; where the system cannot do that, wait for it."""
    if os.name == "posix":
        os.execv(command[0], command)
    return subprocess.call(command)


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return BAD_INPUT


if __name__ == "__main__":
    sys.exit(main())
