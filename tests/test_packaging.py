"""What an installation needs and what it brings: dependencies, version, public names."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import xai_core as xai
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def parsed(lines: list[str]) -> dict[str, Requirement]:
    """Requirements by normalised name."""
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def lines_of(name: str) -> list[str]:
    """The lines of a requirements file that name a package."""
    return [line for line in (ROOT / name).read_text().split("\n") if line and not line.startswith("-r ")]


@pytest.mark.parametrize(
    ("file", "ranges"),
    [
        ("requirements.txt", PROJECT["dependencies"]),
        ("requirements-clip.txt", EXTRAS["clip"]),
        ("requirements-ray.txt", EXTRAS["ray"]),
        ("tests/requirements.txt", [*EXTRAS["test"], *EXTRAS["references"]]),
    ],
)
def test_every_dependency_is_pinned_inside_its_range(file, ranges):
    own = canonicalize_name(PROJECT["name"])
    declared = {name: r for name, r in parsed(ranges).items() if name != own}
    pins = parsed(lines_of(file))
    assert pins.keys() == declared.keys()
    for name, pin in pins.items():
        (version,) = pin.specifier
        assert version.operator == "==", name
        assert pin.extras == declared[name].extras, name
        assert declared[name].specifier.contains(version.version), name


def test_a_range_has_both_ends():
    everything = [line for lines in (PROJECT["dependencies"], *EXTRAS.values()) for line in lines]
    for name, requirement in parsed(everything).items():
        operators = {part.operator for part in requirement.specifier}
        assert operators == ({">=", "<"} if name != PROJECT["name"] else set()), name


def test_what_the_tests_need_holds_every_other_extra():
    (own,) = (r for r in map(Requirement, EXTRAS["test"]) if r.name == PROJECT["name"])
    assert own.extras == EXTRAS.keys() - {"test"}


def test_the_version_stands_in_one_place():
    assert PROJECT["dynamic"] == ["version"]
    assert "version" not in PROJECT
    text = f'"{xai.__version__}"'
    files = [ROOT / "pyproject.toml", *(ROOT / "xai_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    assert [path.name for path in files if text in path.read_text()] == ["_version.py"]


def test_every_public_name_is_there():
    """The names are imported on first use, so a wrong line of the stub shows only when its name is used."""
    tree = ast.parse((ROOT / "xai_core" / "__init__.pyi").read_text())
    imported = {a.name for node in tree.body if isinstance(node, ast.ImportFrom) for a in node.names}
    assert set(xai.__all__) == imported
    for name in xai.__all__:
        assert getattr(xai, name) is not None
    with pytest.raises(AttributeError):
        xai.no_such_name  # noqa: B018


def run_python(code: str, cwd: Path, *options: str) -> str:
    """What the code prints in a fresh interpreter that finds the package from another folder."""
    done = subprocess.run(
        [sys.executable, *options, "-c", code],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_importing_the_package_loads_nothing_heavy(tmp_path):
    heavy = {"torch", "numpy", "pandas", "plotly", "streamlit", "torchvision", "PIL"}
    code = f"import sys, xai_core; print(sorted({heavy} & set(sys.modules)))"
    assert run_python(code, tmp_path).strip() == "[]"


@pytest.mark.wheel
def test_torchvision_can_be_imported_after_the_package(tmp_path):
    """The CPU build of torch and the index's torchvision do not match; whoever imports torchvision first, the
    missing operators are declared by then."""
    code = "import xai_core, torchvision; print(torchvision.models.resnet18().fc.out_features)"
    assert run_python(code, tmp_path).strip() == "1000"


def test_what_is_checked_before_a_commit_is_what_is_checked_for_all():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    hooks = [hook["entry"] for repository in config["repos"] for hook in repository["hooks"]]
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    checks = [line.removeprefix(".venv/bin/").removesuffix(" .") for line in lines]
    assert hooks == [check for check in checks if check.split()[:1] in (["ruff"], ["mypy"])]


def test_a_static_type_checker_reads_the_annotations():
    assert (ROOT / "xai_core" / "py.typed").is_file()


def test_every_variable_stands_in_the_table():
    """Those that the source reads, and those of the table: the same."""
    named = re.compile(r"XAI_[A-Z_]*[A-Z]")
    source = [*(ROOT / "xai_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "dashboard.py"]
    read = {name for path in source for name in named.findall(path.read_text())}
    table = (ROOT / "docs" / "deploy.md").read_text().split("## Variables")[1]
    assert {
        name
        for line in table.splitlines()
        for name in named.findall(line.split("|")[1] if "|" in line else "")
    } == (read | {"XAI_REQUIRE_BROWSER"})


def test_the_secrets_that_are_shown_hold_none():
    text = (ROOT / ".streamlit" / "secrets.toml.example").read_text()
    assert tomllib.loads(text) == {}
    shown = tomllib.loads(re.sub(r"^# (?=[A-Z_]+ = )", "", text, flags=re.MULTILINE))
    assert shown.keys() == {"DATABASE_URL", "XAI_VISITOR_DOWNLOADS"}
    assert ".streamlit/secrets.toml\n" in (ROOT / ".gitignore").read_text()
