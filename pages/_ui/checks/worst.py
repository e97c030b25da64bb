"""The pictures that speak most against a check, with their maps."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import xai_core as xai
from xai_core.datasets import Example
from xai_core.direction import named
from xai_core.escaping import in_markdown
from xai_core.inputs.views import view_boxes
from xai_core.testing import Claim, Result
from xai_core.testing.regions import boxes_of
from xai_core.testing.units import seed_of

from .. import compute, state
from ..results import jobs, pictures
from ..state.subject import Subject
from ..widgets import boxed, inspect, layout, look, scales

COUNT, COLUMNS = 8, 4
CUT = 0.2  # of the maximum: the box that is drawn around a map


def show(subject: Subject, result: Result) -> None:
    """The worst pictures of the first claim, worst first."""
    found = result.worst(COUNT)
    if not found:
        return
    claim = result.findings[0].claim
    layout.heading("The pictures that speak most against it, worst first")
    where = [replace(subject, image=pictures.example(example)) for example, _ in found]
    try:
        work = [
            jobs.maps_of(subject.model, place.image, [_request(result, example, numbers)])
            for place, (example, numbers) in zip(where, found, strict=True)
        ]
        maps = compute.results(subject, work, f"{len(work)} maps take", "checks-maps", compute.FIRST_LOOK)
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    _tiles(list(zip(found, where, maps, strict=True)), result, claim)


def _request(result: Result, example: Example, numbers: dict[str, float]) -> xai.Request:
    """The map that was measured."""
    return result.check.request(int(numbers["target"]), seed_of(example, result.check.seed))


@look.redrawn
def _tiles(
    tiles: list[tuple[tuple[Example, dict[str, float]], Subject, list[xai.Explanation] | None]],
    result: Result,
    claim: Claim,
) -> None:
    drawn = look.choose_look()
    for start in range(0, len(tiles), COLUMNS):
        part = tiles[start : start + COLUMNS]
        for number, (column, ((example, numbers), place, made)) in enumerate(
            zip(st.columns(COLUMNS, gap="small"), part, strict=False), start
        ):
            with column:
                if made is None:
                    layout.blank("Not computed yet")
                    continue
                _tile(number, example, numbers, place, made[0], result, claim, drawn)
    opened = state.get("check_tile")
    if 0 <= opened < len(tiles) and tiles[opened][2]:
        inspect.open_map(tiles[opened][1], tiles[opened][2][0], drawn, None, "check_tile")
    layout.caption(
        "White: the true box, or the region", "amber: the box around the map", "ring: the map's maximum"
    )


def _tile(
    number: int,
    example: Example,
    numbers: dict[str, float],
    place: Subject,
    e: xai.Explanation,
    result: Result,
    claim: Claim,
    drawn: look.Look,
) -> None:
    region = result.check.region
    boxes = boxes_of(region, e.view_size) if region else view_boxes(place.image, place.handle.grid)
    file = boxed.drawn(place, e, boxes, CUT, drawn)
    name = f"Open {named(e)}, {example.name}"
    layout.pick(f"check-{number}", file, name, state.put, kwargs={"check_tile": number})
    scales.bar(e, drawn)
    layout.note(example.name)
    layout.caption(
        f"{claim.column} {layout.fixed(claim.value(numbers))}",
        f"{e.label} {layout.percent(numbers['probability'])}",
    )
