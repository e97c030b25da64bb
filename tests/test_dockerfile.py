"""The Dockerfile: built and started where Docker runs, else carried out line by line in an empty folder.

Without Docker, RUN, COPY and ENV are carried out as they stand, with /app and /data in a temporary folder and
the new environment's own python. Packages are not fetched: those that the tests have stand behind the new
environment, and pip is asked whether they are what the requirements name."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.browser.conftest import free_port
from tests.conftest import ROOT

pytestmark = pytest.mark.wheel
FILE = ROOT / "Dockerfile"
LASTING = ("XAI_BOARDS_DIR", "XAI_DATA_DIR", "XAI_MODELS_DIR", "XAI_WEIGHTS_DIR", "XAI_CACHE_DIR")


def instructions() -> list[tuple[str, str]]:
    """(instruction, the rest of its line) of the Dockerfile, lines that go on put together."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", FILE.read_text(), flags=re.MULTILINE))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in text.splitlines() if line.strip()]


def said(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def environment() -> dict[str, str]:
    """What ENV sets."""
    return dict(part.split("=", 1) for rest in said("ENV") for part in shlex.split(rest))


def test_it_runs_as_nobody_in_particular_and_keeps_what_lasts_in_one_volume():
    (user,) = said("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "a number, which needs no account and is not root's"
    assert said("VOLUME") == ["/data"]
    assert all(environment()[name].startswith("/data/") for name in LASTING)
    assert environment()["XAI_ONE_PERSON"] == "0"
    names = [name for name, _ in instructions()]
    assert names.index("USER") > max(at for at, name in enumerate(names) if name in ("RUN", "COPY"))


def test_the_image_holds_the_app_and_nothing_else():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {name for rest in said("COPY") for name in rest.split()[:-1]}
    assert kept == copied
    assert all((ROOT / name).exists() for name in copied)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored


def test_the_build_for_the_processor_is_the_version_that_is_tested():
    def pins(name):
        lines = (ROOT / name).read_text().splitlines()
        return {r.name: str(r.specifier) for line in lines if line[:1].isalpha() for r in [Requirement(line)]}

    for name, pin in pins("requirements-cpu.txt").items():
        assert pin == f"{pins('requirements.txt')[name]}+cpu"
    assert "-r requirements.txt" in (ROOT / "requirements-cpu.txt").read_text().splitlines()


@dataclass(frozen=True)
class Container:
    """A folder that stands for the container: `app`, `data`, and an environment's programs."""

    app: Path
    data: Path
    bin: Path
    port: int

    def inside(self, text: str) -> str:
        """A path or command of the Dockerfile, as it is here."""
        text = re.sub(r"/(app|data)\b", lambda found: str(self.app.parent / found[1]), text)
        return text.replace("8501", str(self.port)).replace("0.0.0.0", "127.0.0.1")

    def variables(self) -> dict[str, str]:
        path = f"{self.bin}{os.pathsep}/usr/bin{os.pathsep}/bin"
        own = {name: self.inside(value) for name, value in environment().items()}
        return {"PATH": path, "OMP_NUM_THREADS": "1", "XAI_PREFETCH": "0"} | own

    def run(self, command: list[str], **options) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.app, env=self.variables(), capture_output=True, text=True, **options
        )


@pytest.fixture(scope="module")
def container(tmp_path_factory) -> Container:
    """What is there before the server starts."""
    top = tmp_path_factory.mktemp("container")
    made = Container(top / "app", top / "data", top / "env" / "bin", free_port())
    made.app.mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(top / "env")], check=True)
    behind = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    (place,) = (top / "env").glob("lib/python*/site-packages")
    (place / "dependencies.pth").write_text("\n".join(sorted(behind)) + "\n")
    for name, rest in instructions():
        if name == "COPY":
            *sources, target = rest.split()
            copied(sources, made.app / target)
        elif name == "RUN":
            carried_out(made, rest)
    return made


def copied(sources: list[str], target: Path) -> None:
    for source in sources:
        place = ROOT / source
        if place.is_dir():
            shutil.copytree(place, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            end = target / place.name if target.name in ("app", ".") or len(sources) > 1 else target
            end.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place, end)


def carried_out(made: Container, command: str) -> None:
    """One RUN. What fetches packages asks instead whether they are there."""
    if "pip install" in command:
        assert command == "python -m pip install -r requirements-cpu.txt"
        command = "python -m pip install --no-index --dry-run --no-deps -r requirements.txt"
    if os.getuid():  # only root gives files away
        command = re.sub(r" && chown \S+ \S+", "", command)
    done = made.run(["sh", "-c", made.inside(command)])
    assert done.returncode == 0, (command, done.stderr)
    assert "Would install" not in done.stdout


@contextlib.contextmanager
def started(made: Container) -> Iterator[None]:
    """The server of CMD."""
    (command,) = said("CMD")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    arguments = json.loads(made.inside(command))
    arguments[0] = str(made.bin / arguments[0])
    server = subprocess.Popen(arguments, cwd=made.app, env=made.variables(), **quiet)
    try:
        yield
    finally:
        server.terminate()
        server.wait(20)


def healthy(made: Container) -> bool:
    """What HEALTHCHECK says."""
    (check,) = said("HEALTHCHECK")
    arguments = json.loads(made.inside(check[check.index("[") :]))
    return made.run([str(made.bin / arguments[0]), *arguments[1:]]).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the commands are those of a Linux container")
def test_its_commands_serve_the_app(container):
    assert not healthy(container), "nothing listens yet"
    with started(container):
        deadline = time.monotonic() + 90
        while not healthy(container):
            assert time.monotonic() < deadline, "the app did not get healthy"
            time.sleep(0.5)
    code = "import xai_core; print(xai_core.__file__)"
    assert container.run([str(container.bin / "python"), "-c", code]).stdout.startswith(str(container.app))


@pytest.mark.skipif(sys.platform != "linux", reason="the commands are those of a Linux container")
def test_what_lasts_is_written_to_the_volume(container):
    code = """
from xai_core.board.store import boards_folder
from xai_core.datasets.cifar10 import data_folder
from xai_core.models import weights_folder
from xai_core.models.own_store import models_folder
import pooch
print(*[boards_folder(), data_folder(), models_folder(), weights_folder(), pooch.os_cache("x")], sep="\\n")
"""
    done = container.run([str(container.bin / "python"), "-c", code])
    assert done.returncode == 0, done.stderr
    assert all(line.startswith(str(container.data)) for line in done.stdout.splitlines()), done.stdout


def docker_runs() -> bool:
    docker = shutil.which("docker")
    return bool(docker) and subprocess.run([docker, "info"], capture_output=True).returncode == 0


@pytest.mark.skipif(not docker_runs(), reason="no Docker that runs on this machine")
def test_docker_builds_and_starts_it():
    tag, port = "saliency-lab-test", free_port()
    subprocess.run(["docker", "build", "--quiet", "--tag", tag, str(ROOT)], check=True)
    run = ["docker", "run", "--rm", "--detach", "--publish", f"127.0.0.1:{port}:8501", tag]
    name = subprocess.run(run, check=True, capture_output=True, text=True).stdout.strip()
    try:
        deadline, state = time.monotonic() + 120, ""
        while state != "healthy":
            assert time.monotonic() < deadline, state
            time.sleep(2)
            look = ["docker", "inspect", "--format", "{{.State.Health.Status}}", name]
            state = subprocess.run(look, check=True, capture_output=True, text=True).stdout.strip()
        who = ["docker", "exec", name, "id", "-u"]
        assert subprocess.run(who, check=True, capture_output=True, text=True).stdout.strip() == "10001"
    finally:
        subprocess.run(["docker", "kill", name], check=False, capture_output=True)
