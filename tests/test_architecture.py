"""The shape of the house, read from the source: who imports whom, and that nothing is without a test."""

from __future__ import annotations

import ast
from pathlib import Path

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

# the rooms of xai_core, from the ground up: a room imports from the floors below it alone
FLOORS = (
    (
        "arrays",
        "data",
        "display",
        "errors",
        "escaping",
        "frozen",
        "machine",
        "arrow_memory",
        "spinning",
        "_torchvision_operators",
        "_version",
    ),
    ("types", "disk"),
    ("direction",),
    ("parameters", "figures"),
    ("inputs",),
    ("network", "command_line"),
    ("models", "scoring", "datasets"),
    ("methods", "attacks", "concepts"),
    ("engine",),
    ("metrics", "board"),
    ("evaluation", "trust_study", "known_truth", "functional"),
    ("studies", "spuriosity", "meeting"),
    ("testing", "ranking"),
    ("evaluate", "cli"),
    ("__init__",),
)
FLOOR_OF = {room: number for number, floor in enumerate(FLOORS) for room in floor}

# the same of pages/_ui; behind the sidebar each page has a room of its own, which no other room imports
UI = PAGES / "_ui"
SHARED_ROOMS = (
    "assets",
    "state",
    "results",
    "widgets",
    "going",
    "work",
    "compute",
    "measured",
    "sets",
    "sidebar",
)


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


def room_of(path: Path) -> str:
    inside = path.relative_to(CORE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def rooms_imported(path: Path) -> set[str]:
    """The rooms of xai_core that a file of xai_core imports, its own left out."""
    dotted = [name.split(".") for name in imports_in(path) if name.split(".")[0] == "xai_core"]
    return {name[1] if len(name) > 1 else "" for name in dotted} - {room_of(path)}


def test_the_reader_of_imports_reads_all_kinds(tmp_path):
    source = (
        "import a.b\nfrom c import d\nfrom . import e\nfrom ..f import g\nfrom .h.i import j\n"
        "def late():\n    import k as l\n    importlib.import_module('m.n')\n"
    )
    path = CORE / "methods" / "example.py"
    found = imports_in(path, ast.parse(source))
    expected = {"a.b", "c.d", "xai_core.methods.e", "xai_core.f.g", "xai_core.methods.h.i.j", "k", "m.n"}
    assert found == expected


def test_the_library_knows_no_streamlit_and_no_page():
    strangers = {"streamlit", "pages", "dashboard", "tests"}
    met = {label(path): {name.split(".")[0] for name in imports_in(path)} & strangers for path in CORE_FILES}
    assert not {path: names for path, names in met.items() if names}


def test_every_room_has_a_floor():
    assert {room_of(path) for path in CORE_FILES} == set(FLOOR_OF)


def test_imports_point_down():
    upward = {
        label(path): sorted(wrong)
        for path in CORE_FILES
        if (wrong := {room for room in rooms_imported(path) if FLOOR_OF[room] >= FLOOR_OF[room_of(path)]})
    }
    assert not upward


def test_the_rooms_of_the_pages_point_down():
    """state, results, widgets, compute, sidebar; then the pages' own rooms, each for its page alone."""
    wrong = {}
    for path in sorted(UI.rglob("*.py")):
        inside = path.relative_to(UI)
        room = inside.parts[0] if len(inside.parts) > 1 else inside.stem
        if room in ("__init__", "app", "navigation", "ahead", "first_views"):  # above all pages
            continue
        names = [name.split(".") for name in imports_in(path) if name.startswith("pages.")]
        met = {name[2] if name[1] == "_ui" else f"pages/{name[1]}" for name in names if len(name) > 2}
        below = SHARED_ROOMS[: SHARED_ROOMS.index(room)] if room in SHARED_ROOMS else SHARED_ROOMS
        if met - {room} - set(below):
            wrong[label(path)] = sorted(met - {room} - set(below))
    assert not wrong


def test_a_page_uses_its_own_rooms():
    rooms = {"board": "pinboard"}
    for path in PAGES.glob("[!_]*.py"):
        own = rooms.get(path.stem, path.stem)
        met = {n.split(".")[2] for n in imports_in(path) if n.startswith("pages._ui.") and n.count(".") > 1}
        assert met <= {*SHARED_ROOMS, own}, label(path)


def test_figures_know_the_types_and_their_words_alone():
    figures = [path for path in CORE_FILES if room_of(path) == "figures"]
    assert set().union(*map(rooms_imported, figures)) == {"types", "direction", "escaping"}


def test_only_the_reports_of_studies_import_figures():
    """Pages and notebooks draw; of the library itself only a study's report is made of pictures."""
    drawing = {room_of(path) for path in CORE_FILES if "figures" in rooms_imported(path)}
    assert drawing <= {"studies"}


def test_methods_do_not_import_one_another():
    """A method is one file; what several share begins with an underscore."""
    for path in sorted((CORE / "methods").glob("[!_]*.py")):
        names = {name.split(".")[2] for name in imports_in(path) if name.startswith("xai_core.methods.")}
        assert all(name.startswith("_") for name in names), (label(path), names)


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


def test_streamlits_cache_is_used_in_one_room():
    users = set()
    for path in OWN_FILES:
        tree = ast.parse(path.read_text())
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        used |= {name.rsplit(".", 1)[-1] for name in imports_in(path, tree)}
        if used & {"cache_data", "cache_resource"} and "tests" not in path.relative_to(ROOT).parts:
            users.add(path.parent)
    assert users == {UI / "results"}


def test_files_are_short():
    lines = {path: len(path.read_text().splitlines()) for path in OWN_FILES}
    limits = {path: MAX_TEST_LINES if "tests" in path.parts else MAX_LINES for path in OWN_FILES}
    assert not {label(path): count for path, count in lines.items() if count > limits[path]}


def test_every_signature_in_the_library_is_typed():
    untyped = []
    for path in CORE_FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
            if bare or (node.returns is None and node.name != "__init__"):
                untyped.append((label(path), node.name, bare))
    assert not untyped


def test_no_other_folder_at_the_top():
    allowed = {"pages", "xai_core", "assets", "tests", "docs"}
    found = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert found - {"__pycache__"} <= allowed
