"""The command saliency-lab: its help, its commands, and the server that it starts."""

from __future__ import annotations

import runpy
import socket
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_packaging import run_python
from xai_core import cli

NAMES = [command.name for command in cli.COMMANDS]


def test_the_help_lists_every_command_and_loads_nothing_heavy(tmp_path):
    code = (
        "import sys, xai_core.cli as cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit as end: print(end.code)\n"
        "print(sorted({'torch', 'numpy', 'pandas', 'streamlit', 'plotly'} & set(sys.modules)))"
    )
    *said, code, loaded = run_python(code, tmp_path).splitlines()
    assert (code, loaded) == ("0", "[]")
    for command in cli.COMMANDS:
        assert any(line.split()[:1] == [command.name] and command.about in line for line in said)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([name, "--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert f"example:\n  saliency-lab {name} " in said
    # each task of a study names its model, and the range has networks of its own
    own = () if name in ("study", "range") else ("--model",)
    for part in ("output:", "exit codes:", "--out", *own):
        assert part in said


@pytest.mark.parametrize("name", NAMES)
def test_every_option_has_a_text_and_the_example_is_understood(name):
    parser = module_of(name).parser_for(f"saliency-lab {name}")
    assert all(action.help for action in parser._actions)
    example = parser.epilog.splitlines()[1].removeprefix(f"  saliency-lab {name} ").split()
    options = parser.parse_args(example)
    assert options.out is not None


def module_of(name: str):
    """The module of a command."""
    (command,) = (command for command in cli.COMMANDS if command.name == name)
    return __import__(f"xai_core.{command.module}", fromlist=["main"])


MODULES = [
    "evaluate",
    "concepts",
    "known_truth",
    "testing",
    "ranking",
    "spuriosity",
    *(f"metrics.{name}" for name in ("report", "robustness", "badges")),
]


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")  # imported by other tests
@pytest.mark.parametrize("module", [*MODULES, "metrics.study", "metrics.lime_study"])
def test_each_is_a_module_that_can_be_run(module, capsys, monkeypatch):
    """What `python -m` does, with that name in the help."""
    monkeypatch.setattr(sys, "argv", ["-m", "--help"])
    name = f"xai_core.{module}"
    with pytest.raises(SystemExit) as end:
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m {name} ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["evalute"], "There is no command 'evalute'; the commands are evaluate, "),
        (["--port", "http"], "--port is 'http'; a whole number from 1 to 65535 is accepted."),
        (["--port", "0"], "--port is '0'"),
        (["--address", "256.0.0.1"], "The app cannot listen on 256.0.0.1, port 8501: "),
    ],
)
def test_what_is_refused(arguments, said, capsys):
    assert cli.main(arguments) == 2
    message = capsys.readouterr().err
    assert message.startswith(said)
    assert message.count("\n") == 1


def test_an_unknown_option_is_one_sentence(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["--prot", "8080"])
    assert end.value.code == 2
    assert capsys.readouterr().err == (
        "saliency-lab: unrecognized arguments: --prot 8080; see saliency-lab --help.\n"
    )


def test_a_port_that_is_taken_is_refused(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.main(["--port", str(port)]) == 2
    assert f"The app cannot listen on 127.0.0.1, port {port}: " in capsys.readouterr().err


def test_the_app_is_started_with_what_was_asked(monkeypatch):
    """On this machine alone, unless another address is given."""
    started = []
    monkeypatch.setattr(cli, "_replace_process", lambda command: started.append(command) or 0)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert cli.main(["--port", str(port), "--headless"]) == 0
    assert cli.main(["--port", str(port), "--address", "0.0.0.0"]) == 0
    first, second = started
    assert first[:5] == [sys.executable, "-P", "-m", "streamlit", "run"]
    assert Path(first[5]) == ROOT / "dashboard.py"
    flags = dict(zip(first[6::2], first[7::2], strict=True))
    assert flags["--server.address"] == "127.0.0.1"
    assert flags["--server.port"] == str(port)
    assert flags["--server.headless"] == "true"
    assert dict(zip(second[6::2], second[7::2], strict=True))["--server.address"] == "0.0.0.0"
    assert "--server.headless" not in second


def test_the_app_of_a_wheel_is_found_before_a_strangers_dashboard(monkeypatch, tmp_path):
    for name in ("dashboard.py", "saliency_lab/dashboard.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(cli, "PACKAGE", tmp_path / "xai_core")
    assert cli.app_script() == tmp_path / "saliency_lab" / "dashboard.py"


def test_without_the_app_one_sentence_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(cli, "PACKAGE", tmp_path / "xai_core")
    assert cli.main([]) == 2
    assert capsys.readouterr().err.startswith("The app is not installed beside ")


def test_the_app_watches_no_files():
    """Neither as the command starts it nor with the configuration that it reads."""
    flags = cli.server_command(Path("dashboard.py"), "127.0.0.1", "8501", False)
    assert flags[flags.index("--server.fileWatcherType") + 1] == "none"
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["server"]["fileWatcherType"] == "none"
