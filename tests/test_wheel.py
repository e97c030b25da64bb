"""The wheel, installed outside the checkout: what lies in it, the library, and the commands."""

from __future__ import annotations

import zipfile

import pandas as pd
import pytest

import xai_core as xai
from tests.conftest import ROOT
from tests.installed import Installed, install

pytestmark = pytest.mark.wheel


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(tmp_path_factory.mktemp("wheel"))


def test_what_lies_in_it(installed):
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = set(wheel.namelist())
    assert {name.split("/")[0] for name in names} == {
        "xai_core",
        "saliency_lab",
        f"saliency_lab-{xai.__version__}.dist-info",
    }
    source = [path for path in (ROOT / "xai_core").rglob("*") if path.suffix in (".py", ".pyi", ".typed")]
    source += [path for path in (ROOT / "xai_core" / "data").iterdir() if path.is_file()]
    assert {str(path.relative_to(ROOT)) for path in source} <= names
    app = [ROOT / "dashboard.py", ROOT / ".streamlit" / "config.toml", *(ROOT / "pages").rglob("*.py")]
    app += [path for path in (ROOT / "assets").iterdir() if path.suffix in (".css", ".svg")]
    assert {f"saliency_lab/{path.relative_to(ROOT)}" for path in app} <= names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_library_explains_a_sample(installed):
    code = (
        "import xai_core as xai\n"
        "handle = xai.load_model('efficientnet_lite0', device='cpu')\n"
        "e = xai.explain(handle, xai.load_sample('chelsea'), 'grad_cam')\n"
        "print(xai.__file__, e.label, e.heatmap.shape, len(e._repr_png_()) > 1000, sep='|')"
    )
    done = installed.run("python", "-c", code)
    assert done.returncode == 0, done.stderr
    file, label, shape, drawn = done.stdout.strip().split("|")
    assert file.startswith(str(installed.bin.parent))
    assert (label, shape, drawn) == ("tiger cat", "(7, 7)", "True")


def test_the_command_explains_itself(installed):
    done = installed.run("saliency-lab", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "evaluate" in done.stdout
    assert installed.run("saliency-lab", "--version").stdout == f"saliency-lab {xai.__version__}\n"
    done = installed.run("saliency-lab", "evaluate", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: saliency-lab evaluate ")


def test_evaluate_writes_its_table(installed):
    arguments = ["--data", "mosaics", "--limit", "2", "--methods", "grad_cam,chance"]
    done = installed.run(
        "saliency-lab", "evaluate", *arguments, "--metrics", "pointing,energy", "--out", "t.parquet"
    )
    assert done.returncode == 0, done.stderr
    rows = pd.read_parquet(installed.home / "t.parquet")
    assert rows.groupby(["method", "metric"]).size().tolist() == [2, 2, 2, 2]
    assert "grad_cam" in done.stdout
    done = installed.run(
        "saliency-lab", "evaluate", *arguments, "--metrics", "pointing", "--out", "no/t.parquet"
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
