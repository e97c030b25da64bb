"""grad-cam and lime, which the app offers on every machine, need no system library that a bare one lacks.

Both are imported in a fresh interpreter. The shared libraries that this loads from the environment are then
asked, by ldd, what they need from the system. The test is about Linux, as the containers are that the app
runs in; macOS and Windows have their own wheels of OpenCV.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import distributions, requires
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.wheel
linux = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("ldd") is None, reason="needs Linux and its ldd"
)

# what the image python:3.11-slim has: Debian's C and C++ runtime, and what Python itself is linked to
BARE = {
    "ld-linux-aarch64.so.1",
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libcrypto.so.3",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
    "libssl.so.3",
    "libstdc++.so.6",
    "libutil.so.1",
    "libz.so.1",
}
LOADED = """
import xai_core, pytorch_grad_cam, lime.lime_image
with open("/proc/self/maps") as maps:
    paths = {line.split(None, 5)[5].strip() for line in maps if ".so" in line}
print(*sorted(path for path in paths if "site-packages" in path), sep="\\n")
"""


def needed_of_the_system(libraries: list[str]) -> dict[str, str]:
    """Library outside the environment -> one of the given files that needs it."""
    own = {Path(path).name for path in libraries}
    done = subprocess.run(["ldd", *libraries], capture_output=True, text=True, check=True)
    needed, user = {}, ""
    for line in done.stdout.splitlines():
        if not line.startswith("\t"):
            user = line.rstrip(":")
        elif "site-packages" not in line and "statically linked" not in line:
            name = Path(line.split()[0]).name  # "name => path (address)", or the loader's path alone
            if name not in own and not name.startswith("linux-"):
                needed.setdefault(name, user)
    return needed


@linux
def test_no_library_is_needed_that_a_bare_container_lacks():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split("\n")[:-1]
    assert any("/cv2/" in path for path in loaded)
    lacking = {name: user for name, user in needed_of_the_system(loaded).items() if name not in BARE}
    assert not lacking


@linux
def test_a_library_that_needs_more_would_be_seen():
    """The same question about a program that is linked to more: Python's readline needs ncurses."""
    readline = pytest.importorskip("readline")

    found = needed_of_the_system([readline.__file__])
    assert found.keys() - BARE


def test_opencv_comes_without_a_window_system():
    assert "opencv-python-headless" in requires("grad-cam")
    installed = {found.metadata["Name"].lower() for found in distributions()}
    assert not installed & {"opencv-python", "opencv-contrib-python"}  # one of these would lie over it
