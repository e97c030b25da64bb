"""A study run from beginning to end: task after task, step after step, and only what is not kept yet.

    result = run(find_study("csep590b"), Path("folder"))

Each step's values go to the store as soon as they are there, so a run that was killed or cancelled goes on
where it was, and a second run sends nothing through a network. An engine computes the steps that are lacking:
`local` in this process, `ray_engine.over_ray` on Ray's workers; the values are the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..models import load_model
from ..network.handle import ModelHandle
from ..types import Cancelled, InputError, IsCancelled
from . import needs, verdicts
from ._recipe import Bench, Found, Recipe, Step, Task, Values
from .needs import Setup
from .outcome import Finding, Outcome
from .store import Store, key_of

Computed = Generator[tuple[Step, Values | str], None, None]
Engine = Callable[
    [Task, Bench, Sequence[Step]], Computed
]  # values, or the sentence that says why there are none
Load = Callable[[str], ModelHandle]


@dataclass(frozen=True)
class Options:
    """`data`: the folder in which pictures are looked for; `limit`: the first pictures of each task alone;
    `tasks`: keys of the tasks to do, all if empty."""

    data: Path | None = None
    limit: int | None = None
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True)
class StudyProgress:
    """Where a run stands: the task that is at work, steps `done` of `total`, and about the seconds left."""

    task: str
    done: int
    total: int
    left: float


@dataclass(frozen=True, eq=False)
class TaskResult:
    """A task that was done. `found` are the values of its steps and `keys` their names in the store;
    `computed` of the steps were not kept before. `failed` says why it could not be done, "" if it was."""

    setup: Setup
    bench: Bench | None
    found: Found = field(default_factory=dict)
    keys: dict[Step, str] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)
    findings: tuple[Finding, ...] = ()
    computed: int = 0
    failed: str = ""

    @property
    def task(self) -> Task:
        """What was done."""
        return self.setup.task


@dataclass(frozen=True, eq=False)
class StudyResult:
    """A study that was done."""

    recipe: Recipe
    tasks: tuple[TaskResult, ...]

    @property
    def stands_in(self) -> bool:
        """Whether anything in it is a stand-in."""
        return any(task.setup.missing for task in self.tasks)

    @property
    def stem(self) -> str:
        """What its files are called: "csep590b", or "csep590b-stand-in"."""
        return self.recipe.key + ("-stand-in" if self.stands_in else "")

    @property
    def computed(self) -> int:
        """How many steps were not kept before."""
        return sum(task.computed for task in self.tasks)

    @property
    def failed(self) -> tuple[str, ...]:
        """Why tasks could not be done, in a sentence each."""
        return tuple(f"{task.task.title}: {task.failed}" for task in self.tasks if task.failed)


def local(task: Task, bench: Bench, steps: Sequence[Step]) -> Computed:
    """The steps, one after another, in this process."""
    for step in steps:
        if bench.cancelled is not None and bench.cancelled():
            raise Cancelled("The study was cancelled; what is done is kept.")
        try:
            yield step, task.compute(bench, step)
        except InputError as error:
            yield step, str(error)


def run(
    recipe: Recipe,
    folder: Path,
    options: Options | None = None,
    progress: Callable[[StudyProgress], None] | None = None,
    cancelled: IsCancelled | None = None,
    engine: Engine = local,
    load: Load = load_model,
) -> StudyResult:
    """Do the study, keeping its steps in `folder`. A task that cannot be done says why, and the others go on.
    Raises InputError for an unknown task, and Cancelled, with everything done so far kept."""
    ready = prepare(recipe, folder, options or Options(), cancelled, load)
    clock = _Clock(ready, progress)
    return StudyResult(recipe, tuple(_done(recipe, one, engine, clock) for one in ready))


def estimate(recipe: Recipe, folder: Path, options: Options | None = None, load: Load = load_model) -> float:
    """About the seconds that `run` would take here: counted passes times measured seconds a pass."""
    return sum(one.seconds for one in prepare(recipe, folder, options or Options(), None, load))


@dataclass(eq=False)
class Ready:
    """A task with its bench, its steps, and those that are kept."""

    setup: Setup
    bench: Bench | None
    store: Store
    keys: dict[Step, str] = field(default_factory=dict)
    failed: str = ""

    @property
    def lacking(self) -> list[Step]:
        """The steps that are not kept, in order."""
        return [step for step, key in self.keys.items() if not self.store.file(key).is_file()]

    @property
    def seconds(self) -> float:
        """About how long they take."""
        if self.bench is None:
            return 0.0
        passes = sum(self.setup.task.passes(self.bench, step) for step in self.lacking)
        return passes * self.bench.handle.seconds_per_pass if passes else 0.0


def prepare(
    recipe: Recipe,
    folder: Path,
    options: Options,
    cancelled: IsCancelled | None = None,
    load: Load = load_model,
) -> list[Ready]:
    """Each task with what it runs with here. A model is loaded once for all tasks."""
    tasks = [recipe.task(key) for key in options.tasks] or recipe.tasks
    handles: dict[str, ModelHandle] = {}
    made, store = [], Store(folder)
    for task in tasks:
        setup = needs.settle(task, options.data, options.limit)
        try:
            for key in (setup.model, *setup.others):
                if key not in handles:
                    handles[key] = load(key)
            bench = Bench(
                handles[setup.model],
                setup.examples,
                setup.parameters,
                setup.stands_in,
                cancelled,
                others=tuple(handles[key] for key in setup.others),
            )
            keys = {step: key_of(recipe, task, bench, step) for step in task.steps(bench)}
            made.append(Ready(setup, bench, store, keys))
        except InputError as error:
            made.append(Ready(setup, None, store, failed=str(error)))
    return made


def _done(recipe: Recipe, ready: Ready, engine: Engine, clock: _Clock) -> TaskResult:
    task, bench = ready.setup.task, ready.bench
    if bench is None:
        return TaskResult(ready.setup, None, failed=ready.failed)
    found = {step: values for step, key in ready.keys.items() if (values := ready.store.get(key)) is not None}
    lacking = [step for step in ready.keys if step not in found]
    clock.begin(task)
    with closing(engine(task, bench, lacking)) as outcomes:
        for step, made in outcomes:
            if isinstance(made, str):
                return TaskResult(ready.setup, bench, failed=made)
            ready.store.put(ready.keys[step], made)
            found[step] = made
            clock.tick(task.passes(bench, step))
    found = {step: found[step] for step in ready.keys}
    return concluded(TaskResult(ready.setup, bench, found, ready.keys, computed=len(lacking)))


def concluded(result: TaskResult) -> TaskResult:
    """The task with its figures, tables, findings and sentences; no network runs."""
    assert result.bench is not None
    try:
        outcome = result.task.conclude(result.bench, result.found)
    except InputError as error:
        return replace(result, failed=str(error))
    made = outcome.estimates
    stands_in = bool(result.bench.stands_in)
    found = tuple(
        verdicts.finding(one, made[one.key], stands_in) for one in result.task.published if one.key in made
    )
    return replace(result, outcome=outcome, findings=found)


class _Clock:
    """Counts steps, and tells the seconds that are left from the passes that are left."""

    def __init__(self, ready: Sequence[Ready], progress: Callable[[StudyProgress], None] | None):
        self.progress = progress
        self.total = sum(len(one.lacking) for one in ready)
        self.passes = sum(
            one.setup.task.passes(one.bench, step) for one in ready if one.bench for step in one.lacking
        )
        self.done, self.gone, self.start, self.title = 0, 0.0, time.perf_counter(), ""

    def begin(self, task: Task) -> None:
        self.title = task.title
        self._tell()

    def tick(self, passes: float) -> None:
        self.done += 1
        self.gone += passes
        self._tell()

    def _tell(self) -> None:
        if self.progress is not None:
            rate = (time.perf_counter() - self.start) / self.gone if self.gone else 0.0
            left = rate * max(0.0, self.passes - self.gone)
            self.progress(StudyProgress(self.title, self.done, max(self.total, self.done), left))
