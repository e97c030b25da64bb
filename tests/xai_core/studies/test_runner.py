"""A study is done step by step, goes on where it stopped, and computes nothing twice."""

import dataclasses

import numpy as np
import pytest

import xai_core as xai
from xai_core.studies import find_study
from xai_core.studies._recipe import Ask
from xai_core.studies.outcome import Outcome
from xai_core.studies.runner import Options, estimate, local, run
from xai_core.studies.store import same, unpacked

from .conftest import on_shapes


def counting(handles):
    """`load_model` that keeps the handles which it gave."""

    def load(key):
        handles.append(xai.load_model(key))
        return handles[-1]

    return load


def test_every_task_is_done(done, small):
    assert [task.task.key for task in done.tasks] == [task.key for task in small.tasks]
    assert not done.failed
    assert all(task.outcome.blocks for task in done.tasks)


def test_a_second_run_computes_nothing_and_gives_the_same(small, done, steps):
    handles = []
    again = run(small, steps, Options(limit=3), load=counting(handles))
    assert [handle.ledger.passes for handle in handles] == [xai.load_model("tiny_cnn_shapes").ledger.passes]
    assert again.computed == 0
    assert done.computed > 0
    assert estimate(small, steps, Options(limit=3)) == 0
    for first, second in zip(done.tasks, again.tasks, strict=True):
        for step in first.found:
            assert not same(first.found[step], second.found[step])
        assert first.outcome.estimates == second.outcome.estimates
        assert [c.text for c in first.outcome.clauses] == [c.text for c in second.outcome.clauses]


def test_two_runs_from_nothing_give_the_same_bytes(tmp_path, small):
    some = dataclasses.replace(small, tasks=small.tasks[:2])
    for name in ("one", "two"):
        run(some, tmp_path / name, Options(limit=1))
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "two").iterdir())
    assert files
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in files)


def test_a_cancelled_run_goes_on_where_it_stopped(tmp_path, small):
    some = dataclasses.replace(small, tasks=(small.task("3a"),))
    calls = []

    def after_two():
        calls.append(1)
        return len(calls) > 2

    with pytest.raises(xai.Cancelled):
        run(some, tmp_path, Options(limit=3), cancelled=after_two)
    kept = len(list(tmp_path.glob("*.npz")))
    assert kept == 2
    assert run(some, tmp_path, Options(limit=3)).computed == 1


def test_a_damaged_step_is_computed_again(tmp_path, small):
    some = dataclasses.replace(small, tasks=(small.task("3a"),))
    first = run(some, tmp_path, Options(limit=2))
    (file, *_) = sorted(tmp_path.glob("*.npz"))
    file.write_bytes(file.read_bytes()[:100])
    again = run(some, tmp_path, Options(limit=2))
    assert again.computed == 1
    for step, values in first.tasks[0].found.items():
        assert not same(values, again.tasks[0].found[step])
    unpacked(file.read_bytes())


def test_every_fact_is_in_the_key(tmp_path):
    recipe = on_shapes(find_study("csep590b"), ["3b"])
    (task,) = recipe.tasks
    run(recipe, tmp_path, Options(limit=1))
    more = on_shapes(find_study("csep590b"), ["3b"], samples=3)
    assert run(more, tmp_path, Options(limit=1)).computed == 4
    other = dataclasses.replace(task.asks, model=Ask("tiny_vit_shapes"))
    changed = dataclasses.replace(recipe, tasks=(dataclasses.replace(task, asks=other),))
    assert run(changed, tmp_path, Options(limit=1)).computed == 4
    assert run(recipe, tmp_path, Options(limit=1)).computed == 0


def test_tasks_of_one_function_share_their_steps(done):
    assert done.tasks[-1].computed == 0
    assert done.tasks[-2].keys == done.tasks[-1].keys


def test_progress_counts_all_steps(tmp_path, small):
    some = dataclasses.replace(small, tasks=(small.task("3a"), small.task("3c")))
    told = []
    run(some, tmp_path, Options(limit=2), told.append)
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert told[-1].done == told[-1].total == 4
    assert told[-1].left == 0


def test_a_task_that_cannot_be_done_says_why_and_the_others_go_on(tmp_path, small):
    def broken(bench, step):
        raise xai.InputError("This picture is of no use.")

    bad = dataclasses.replace(small.tasks[0], compute=broken)
    result = run(dataclasses.replace(small, tasks=(bad, small.task("3a"))), tmp_path, Options(limit=1))
    assert result.failed == ("Occlusion: This picture is of no use.",)
    assert result.tasks[1].outcome.blocks


def test_an_unknown_task_is_refused(tmp_path, small):
    with pytest.raises(xai.InputError, match="has no task '9z'; it has 2a, 2b"):
        run(small, tmp_path, Options(tasks=("9z",)))


def test_an_engine_gets_what_is_lacking(tmp_path, small):
    some = dataclasses.replace(small, tasks=(small.task("3a"),))
    run(some, tmp_path, Options(limit=1))
    asked = []

    def engine(task, bench, steps):
        asked.extend(steps)
        return local(task, bench, steps)

    run(some, tmp_path, Options(limit=3), engine=engine)
    assert [step.picture for step in asked] == [1, 2]
    assert np.all([path.stat().st_size for path in tmp_path.glob("*.npz")])


def names_of(bench, step):
    """The networks that a step is given."""
    return {"names": np.array([handle.key for handle in (bench.handle, *bench.others)])}


def test_a_task_may_compare_networks(tmp_path, small, monkeypatch):
    """Each is settled alone, and what is kept belongs to all of them."""
    for name in ("XAI_WEIGHTS_DIR", "TORCH_HOME", "HF_HOME"):  # a machine without weights of its own
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    first = small.tasks[0]
    asks = dataclasses.replace(
        first.asks, model=Ask("resnet18"), others=(Ask("tiny_vit_shapes"), Ask("resnet50"))
    )
    stand_in = dataclasses.replace(first.stand_in, others=(Ask("tiny_vit_shapes"), Ask("tiny_vit_shapes")))
    task = dataclasses.replace(
        first, asks=asks, stand_in=stand_in, compute=names_of, conclude=lambda bench, found: Outcome()
    )
    two = dataclasses.replace(small, tasks=(task,))
    result = run(two, tmp_path, Options(limit=1)).tasks[0]
    (values,) = result.found.values()
    assert values["names"].tolist() == ["tiny_cnn_shapes", "tiny_vit_shapes", "tiny_vit_shapes"]
    assert [one.label for one in result.setup.missing] == ["ResNet-18", "ResNet-50"]
    fewer = dataclasses.replace(
        task,
        asks=dataclasses.replace(asks, others=asks.others[:1]),
        stand_in=dataclasses.replace(stand_in, others=stand_in.others[:1]),
    )
    assert run(dataclasses.replace(two, tasks=(fewer,)), tmp_path, Options(limit=1)).computed == 1
