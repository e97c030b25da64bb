"""The search over a local Ray of two workers, of which one is killed, gives the same tables."""

import os
import signal

import pandas as pd
import psutil
import pytest

import xai_core as xai

ray = pytest.importorskip("ray", reason="ray is not installed")
from xai_core.spuriosity import Search, find  # noqa: E402
from xai_core.spuriosity.find import engine_named  # noqa: E402

from .planted import by_hand  # noqa: E402

SEARCH = Search(labels=("green",), pictures=5, receivers=10, controls=1, least=10)


def workers():
    """The actors' processes."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if child.cmdline()[:1] and child.cmdline()[0].startswith("ray::Worker"):
                found.append(child.pid)
        except psutil.NoSuchProcess:  # it has ended in the meantime
            continue
    return found


@pytest.mark.peers
def test_two_workers_of_which_one_is_killed_give_the_same_tables(tmp_path):
    made = by_hand(25, tmp_path, each=20)
    killed = []

    def kill(step):
        if step.stage == "trials" and not killed and workers():
            killed.append(min(workers()))
            os.kill(killed[0], signal.SIGKILL)

    here = find(made.handle, made.dataset, SEARCH, tmp_path / "here.parquet")
    over = find(
        made.handle, made.dataset, SEARCH, tmp_path / "t.parquet", kill, engine=engine_named("ray", 2)
    )
    assert killed
    pd.testing.assert_frame_equal(over.clusters_table(), here.clusters_table(), rtol=0, atol=1e-5)
    pd.testing.assert_frame_equal(over.pictures_table(), here.pictures_table(), rtol=0, atol=1e-5)
    assert not ray.is_initialized(), "a Ray that was started for the run ends with it"


def test_workers_are_checked():
    with pytest.raises(xai.InputError, match="workers is 0"):
        engine_named("ray", 0)
