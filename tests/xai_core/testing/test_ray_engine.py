"""Checks over a local Ray of two workers: the same verdict, also when a worker is killed."""

import contextlib
import os
import signal

import pandas as pd
import psutil
import pytest

from xai_core.testing import run
from xai_core.testing.engines import engine_named

from .conftest import a_check

ray = pytest.importorskip("ray", reason="ray is not installed")


def checkers():
    """The actors' processes."""
    found = set()
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended in the meantime
            if child.cmdline()[:1] and child.cmdline()[0].startswith("ray::Checker"):
                found.add(child.pid)
    return found


@pytest.mark.peers
def test_two_workers_of_which_one_is_killed_give_the_same_verdict(tiny, few, tmp_path):
    check = a_check(share=0.3, about="these")
    killed = []

    def kill(done, total):
        if done == 2:
            killed.append(min(checkers()))
            os.kill(killed[0], signal.SIGKILL)

    here = run(tiny, few, check, tmp_path / "here.parquet")
    over = run(tiny, few, check, tmp_path / "t.parquet", engine_named("ray", 2), kill)
    assert killed
    pd.testing.assert_frame_equal(over.rows, here.rows, rtol=0, atol=1e-6)
    assert over.verdict == here.verdict
    assert over.looked == here.looked
    assert not ray.is_initialized()


def test_refusals():
    import xai_core as xai

    with pytest.raises(xai.InputError, match="workers is 0"):
        engine_named("ray", 0)
    with pytest.raises(xai.InputError, match="There is no engine 'dask'"):
        engine_named("dask")
