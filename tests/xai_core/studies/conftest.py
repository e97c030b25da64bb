"""Studies small enough to be run in a test: the recipes, with the network of drawn shapes as the model."""

import dataclasses

import pytest

import xai_core as xai
from xai_core.studies import find_study
from xai_core.studies._recipe import Ask, Needs, Recipe, StandIn
from xai_core.studies.runner import Options, run


def on_shapes(recipe, tasks=None, **parameters):
    """The recipe with the tiny network and drawn shapes in the place of what it asks for."""
    own = {"superpixel": 16, "samples": 2, "steps": 2, **parameters}
    chosen = [task for task in recipe.tasks if tasks is None or task.key in tasks]
    return Recipe(
        recipe.key,
        recipe.title,
        recipe.source,
        recipe.about,
        tuple(dataclasses.replace(task, asks=_asked(task, own), stand_in=SHAPES) for task in chosen),
    )


SHAPES = StandIn(Ask("tiny_cnn_shapes"), Ask("shapes"))


def _asked(task, own):
    known = task.asks.parameters
    return Needs(
        Ask("tiny_cnn_shapes"),
        Ask("shapes"),
        xai.types.Params({**known, **{name: own[name] for name in known if name in own}}),
    )


@pytest.fixture(scope="session")
def small():
    """The second homework on three drawn pictures."""
    return on_shapes(find_study("csep590b"))


@pytest.fixture(scope="session")
def steps(tmp_path_factory):
    """The folder of its steps."""
    return tmp_path_factory.mktemp("steps")


@pytest.fixture(scope="session")
def done(small, steps):
    """That study, done; it must not be changed."""
    return run(small, steps, Options(limit=3))
