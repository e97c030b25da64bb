"""The wheel, built from the checkout and installed into an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT


@dataclass(frozen=True)
class Installed:
    """`wheel` is the file; `bin` holds the environment's programs; `home` is a working folder elsewhere."""

    wheel: Path
    bin: Path
    home: Path

    def environment(self) -> dict[str, str]:
        """Variables under which nothing is found but what is installed, and nothing is kept but in `home`."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XAI_"))}
        return kept | {"HOME": str(self.home), "XDG_CACHE_HOME": str(self.home / "cache")}

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A program of the environment, run in `home`."""
        return subprocess.run(
            [str(self.bin / program), *arguments],
            cwd=self.home,
            env=self.environment(),
            capture_output=True,
            text=True,
        )


def install(folder: Path) -> Installed:
    """Build the wheel as `pip install .` does, and install it into a new environment in `folder`. The
    dependencies are those of the running environment, which a .pth file puts behind the new one's own."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    build = [
        *pip,
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(build, check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    python = str(scripts / "python")
    subprocess.run([*pip, "--python", python, "install", "--quiet", "--no-deps", str(wheel)], check=True)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    place = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    behind = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    (Path(place) / "dependencies.pth").write_text("\n".join(sorted(behind)) + "\n")
    home = folder / "home"
    home.mkdir()
    return Installed(wheel, scripts, home)
