"""The shape of the house, read from the source: who imports whom, and that nothing is without a test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

CORE = ROOT / "xai_core"
PAGES = ROOT / "pages"
MAX_LINES, MAX_TEST_LINES = 250, 450
CORE_FILES = sorted(CORE.rglob("*.py"))
OWN_FILES = sorted(
    path
    for folder in ("xai_core", "pages", "tests")
    for path in [*(ROOT / folder).rglob("*.py"), ROOT / "dashboard.py"]
    if path.is_file()
)

# the parts of xai_core, each with the parts that it may import; everybody may import the ground floor
GROUND = {"types", "arrays", "_torchvision_operators"}
FOUNDATION = {
    "images", "views", "wordnet", "gallery", "batches", "scores", "observe", "fold", "models", "session",
    "fair_lock", "snapshot", "incremental", "hooks", "regions", "guided", "perturb", "grouped", "parameters",
    "parted", "corruptions",
}  # fmt: skip
MAY_IMPORT: dict[str, set[str]] = {
    "_torchvision_operators": set(),
    "arrays": set(),
    "types": {"arrays"},
    **dict.fromkeys(FOUNDATION, GROUND | FOUNDATION),
    "methods": GROUND | FOUNDATION,
    "attacks": GROUND | FOUNDATION,
    "concepts": GROUND | FOUNDATION,
    "supply": GROUND | FOUNDATION | {"methods"},
    "run": GROUND | FOUNDATION | {"methods", "supply"},
    "engine": GROUND | FOUNDATION | {"methods", "run"},
    "estimates": GROUND | FOUNDATION | {"engine", "attacks"},
    "metrics": GROUND | FOUNDATION | {"methods", "engine", "attacks"},
    "references": GROUND | FOUNDATION | {"methods", "supply"},
    "datasets": GROUND | FOUNDATION | {"methods", "engine"},
    "predictions": GROUND | FOUNDATION | {"metrics", "datasets"},
    "measuring": GROUND | FOUNDATION | {"methods", "engine", "metrics", "datasets"},
    "ray_engine": GROUND | FOUNDATION | {"datasets", "measuring"},
    "evaluate": GROUND | FOUNDATION | {"datasets", "metrics", "measuring", "ray_engine"},
    "board": GROUND | FOUNDATION | {"engine"},
    "functional": GROUND | FOUNDATION | {"methods", "metrics"},
    "trust_study": GROUND | FOUNDATION | {"methods", "metrics"},
    "describe": {"types"},
    "figures": {"types"},
}
# within the foundation the arrows point one way too
EARLIER = {
    "images": set(),
    "views": set(),
    "wordnet": set(),
    "scores": set(),
    "batches": set(),
    "observe": set(),
    "fair_lock": set(),
    "fold": {"observe"},
    "gallery": {"images"},
    "hooks": {"observe", "scores"},
    "snapshot": set(),
    "session": {"views", "fold", "hooks", "fair_lock", "batches", "snapshot"},
    "models": {"views", "session", "hooks", "scores", "observe"},
    "regions": {"views"},
    "guided": set(),
    "parameters": set(),
    "parted": set(),
    "incremental": set(),
    "perturb": {"batches", "scores", "incremental"},
    "grouped": {"batches", "scores", "perturb", "regions", "incremental"},
    "corruptions": set(),
}


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


def module_of(path: Path) -> list[str]:
    """The dotted package that relative imports in this file start from."""
    return list(path.relative_to(ROOT).parent.parts)


def imports_in(path: Path, tree: ast.AST | None = None) -> set[str]:
    """Full dotted names of everything that a file imports, anywhere in it; `from a import b` gives a.b."""
    found: set[str] = set()
    for node in ast.walk(tree or ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = module_of(path)
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "importlib.import_module",
            "__import__",
        ):
            found |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    return found


def part_of(path: Path) -> str:
    inside = path.relative_to(CORE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def parts_imported(path: Path) -> set[str]:
    """The parts of xai_core that a file of xai_core imports, its own left out."""
    own = part_of(path)
    dotted = [name.split(".") for name in imports_in(path) if name.split(".")[0] == "xai_core"]
    names = {name[1] if len(name) > 1 else "" for name in dotted}
    return names - {own}


def test_the_reader_of_imports_reads_all_kinds(tmp_path):
    source = (
        "import a.b\nfrom c import d\nfrom . import e\nfrom ..f import g\nfrom .h.i import j\n"
        "def late():\n    import k as l\n    importlib.import_module('m.n')\n"
    )
    path = CORE / "methods" / "example.py"
    found = imports_in(path, ast.parse(source))
    expected = {"a.b", "c.d", "xai_core.methods.e", "xai_core.f.g", "xai_core.methods.h.i.j", "k", "m.n"}
    assert found == expected


@pytest.mark.parametrize("path", CORE_FILES, ids=label)
def test_the_library_knows_no_streamlit_and_no_page(path):
    roots = {name.split(".")[0] for name in imports_in(path)}
    assert not roots & {"streamlit", "pages", "dashboard", "tests"}


@pytest.mark.parametrize("path", [p for p in CORE_FILES if p != CORE / "__init__.py"], ids=label)
def test_imports_point_one_way(path):
    part, wanted = part_of(path), parts_imported(path)
    assert part in MAY_IMPORT, f"{part} is new: say in this file what it may import"
    allowed = MAY_IMPORT[part]
    if part in EARLIER:
        allowed = (allowed - FOUNDATION) | EARLIER[part]
    assert wanted <= allowed, f"{label(path)} imports {sorted(wanted - allowed)}"


@pytest.mark.parametrize("path", sorted((CORE / "methods").glob("*.py")), ids=label)
def test_methods_do_not_import_one_another(path):
    """A method is one file; what several share begins with an underscore."""
    if path.stem == "__init__":
        return
    names = {name.split(".")[2] for name in imports_in(path) if name.startswith("xai_core.methods.")}
    assert all(name.startswith("_") for name in names), names


@pytest.mark.parametrize("path", CORE_FILES, ids=label)
def test_nothing_in_the_library_imports_figures(path):
    if part_of(path) != "figures":
        assert "figures" not in parts_imported(path)


def test_every_page_has_a_test():
    pages = [path for path in PAGES.glob("*.py") if not path.stem.startswith("_")]
    assert pages
    missing = [
        page.stem for page in pages if not (ROOT / "tests" / "pages" / f"test_{page.stem}.py").is_file()
    ]
    assert not missing


def test_every_method_has_a_test_and_a_place_in_the_list():
    from xai_core import METHODS

    files = {path.stem for path in (CORE / "methods").glob("*.py") if not path.stem.startswith("_")}
    assert files == set(METHODS)
    folder = ROOT / "tests" / "xai_core" / "methods"
    assert not sorted(name for name in files if not (folder / f"test_{name}.py").is_file())


@pytest.mark.parametrize("path", [p for p in OWN_FILES if "tests" not in p.parts], ids=label)
def test_streamlits_cache_is_used_in_one_file(path):
    if path == PAGES / "_ui" / "cache.py":
        return
    tree = ast.parse(path.read_text())
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {name.rsplit(".", 1)[-1] for name in imports_in(path, tree)}
    assert not [
        name for name in used if name.startswith("cache_") and name in ("cache_data", "cache_resource")
    ]


@pytest.mark.parametrize("path", OWN_FILES, ids=label)
def test_files_are_short(path):
    limit = MAX_TEST_LINES if "tests" in path.relative_to(ROOT).parts else MAX_LINES
    assert len(path.read_text().splitlines()) <= limit


@pytest.mark.parametrize("path", CORE_FILES, ids=label)
def test_every_signature_in_the_library_is_typed(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
        assert not bare, f"{node.name} at line {node.lineno}: {bare}"
        assert node.returns is not None or node.name == "__init__", f"{node.name} at line {node.lineno}"


def test_no_other_folder_at_the_top():
    allowed = {"pages", "xai_core", "assets", "tests"}
    found = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert found - {"__pycache__"} <= allowed
