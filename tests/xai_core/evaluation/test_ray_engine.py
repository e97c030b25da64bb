"""The evaluation over a local Ray of two workers: the same table, also when workers die."""

import contextlib
import os
import signal
import time

import pandas as pd
import psutil
import pytest

import xai_core as xai
from xai_core.datasets import Dataset, Example, mosaics
from xai_core.evaluation import evaluate as ev
from xai_core.evaluation.groups import grouped

ray = pytest.importorskip("ray", reason="ray is not installed")
from xai_core.evaluation import ray_engine  # noqa: E402

PLAN = ev.Plan(("grad_cam", "centre"), ("pointing", "energy", "maximum"))


def same(a, b):
    columns = [name for name in ev.COLUMNS if name != "seconds"]
    pd.testing.assert_frame_equal(a[columns], b[columns], rtol=0, atol=1e-6)


def measurers():
    """The actors' processes."""
    found = set()
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended in the meantime
            if child.cmdline()[:1] and child.cmdline()[0].startswith("ray::Measurer"):
                found.add(child.pid)
    return found


@pytest.mark.peers
def test_two_workers_of_which_one_is_killed_give_the_same_table_and_the_same_errors(lite0, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG broken")
    examples = (*mosaics().examples[:5], Example("broken.png", str(broken), "tabby", (281,)))
    dataset, seen, at_work = Dataset("few", examples), [], []

    def kill(progress):
        seen.append(progress)
        at_work.append(measurers())
        if progress.done == 2:
            killed = min(at_work[-1])
            os.kill(killed, signal.SIGKILL)
            while killed in measurers():  # it ends when the system comes to it
                time.sleep(0.01)

    here = ev.evaluate(lite0, dataset, PLAN, tmp_path / "here.parquet")
    with pytest.raises(xai.Cancelled, match="after 1 of 6"):
        ev.evaluate(lite0, dataset, PLAN, tmp_path / "t.parquet", seen.append, lambda: bool(seen))
    over = ev.evaluate(lite0, dataset, PLAN, tmp_path / "t.parquet", kill, engine=ev.engine_named("ray", 2))
    same(over, here)
    assert [p.done for p in seen] == [1, 2, 3, 4, 5, 6]
    assert seen[-1].failed == 1
    assert min(at_work[0]) not in set.union(*at_work[1:]), "it was killed"
    errors = [pd.read_csv(tmp_path / f"{name}.errors.csv") for name in ("t", "here")]
    pd.testing.assert_frame_equal(*errors)
    assert not ray.is_initialized(), "a Ray that was started for the run ends with it"
    assert not measurers()


@pytest.mark.peers
def test_a_picture_that_kills_every_worker_is_an_error(monkeypatch):
    monkeypatch.setattr(ray_engine, "RETRIES", 1)

    @ray.remote(max_restarts=-1, max_task_retries=ray_engine.RETRIES)
    class Measurer:
        def measure(self, shared, group):
            names = [example.name for _, example in group.waiting]
            if "poison" in names:
                os.kill(os.getpid(), signal.SIGKILL)
            return [(number, [example.name]) for number, example in group.waiting]

    waiting = grouped(
        [(n, Example(name, "", "", (0,))) for n, name in enumerate(("a", "poison", "b", "c"))], 4, 3
    )
    with ray_engine.cluster(1):
        found = dict(ray_engine.handed_out([Measurer.remote()], [], waiting))
    assert (found[0], found[2], found[3]) == (["a"], ["b"], ["c"]), "who was in its group is measured"
    assert found[1].startswith("poison ended its worker 2 times")


def test_refusals(monkeypatch):
    def nobody(address, **options):
        raise ConnectionError(address)

    with pytest.raises(xai.InputError, match="workers is 0"):
        ev.engine_named("ray", 0)
    monkeypatch.setenv("RAY_ADDRESS", "there:1")
    monkeypatch.setattr(ray, "init", nobody)
    with pytest.raises(xai.InputError, match="RAY_ADDRESS is 'there:1', where no Ray answers"):
        next(ev.engine_named("ray")(None, PLAN, [(0, mosaics().examples[0])]))
