"""What a fresh server does before anybody asks, so that the first visitors wait less.

The pages, the default network and one pass of it come first: the first visitor needs them all. What only some
pages need comes when nobody waits, since imports would take the processor from who does."""

from __future__ import annotations

import importlib
import logging

import xai_core as xai
from xai_core.board import sweep_boards
from xai_core.models.own_store import sweep

from .results import answers, idle, maps, networks, pictures
from .state.shared import DEFAULT_IMAGE, DEFAULT_MODEL

LATE = (  # imported at first use by LIME, SLIC, the charts, and the studies, most wanted first
    "scipy.stats",
    "skimage.segmentation",
    "plotly.graph_objects",
    "pages._ui.study.host",
)
QUIET = 1.0  # seconds without a run before the next of these
PATIENCE = 10.0  # seconds for which the first map waits for that


def default_network() -> None:
    """The default network, with what every process needs of it once. A network that is not here is left to
    the page, which says so."""
    if networks.weights_here(DEFAULT_MODEL):
        networks.handle(DEFAULT_MODEL)


def late() -> None:
    """The rest, when nobody waits."""
    sweep()  # what uploads and pins left behind that were killed with the last server
    sweep_boards()
    if networks.weights_here(DEFAULT_MODEL):
        first_view()
    for module in LATE:
        idle.quiet(QUIET)
        logging.getLogger(__name__).debug("Imports %s", module)
        importlib.import_module(module)


def first_view() -> None:
    """The first view's picture: the answer, and one map, whose backward pass warms up what the forward pass
    does not; then the same with a random head, for the first view's next steps."""
    handle = networks.handle(DEFAULT_MODEL)
    idle.quiet(QUIET, timeout=PATIENCE)  # a visitor who is here already makes the rest himself
    image = pictures.sample(DEFAULT_IMAGE, "crop")
    target = answers.classes(DEFAULT_MODEL, image)[0].index
    request = xai.Request("grad_cam", target, handle.layer(None).key)
    for key in (DEFAULT_MODEL, networks.random_key(DEFAULT_MODEL, "head")):
        maps.explain(key, image, [request])
    _ = handle.seconds_per_pass  # measured once, for every estimate
