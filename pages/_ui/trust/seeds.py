"""Seed stability: how alike the maps of a random method are under other random numbers."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.metrics import agreement

from .. import compute, state
from ..results import pictures
from ..results.drawn import on_maps
from ..results.drawn import tile as tile_file
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import layout, look, scales
from ..widgets.pins import pin_map
from . import verdict

SEEDED = [key for key, spec in xai.METHODS.items() if "generator" in spec.uses]


def show(subject: Subject, entries: tuple[Entry, ...], requests: list[xai.Request]) -> None:
    """The part "Seeds" of the page, of methods in SEEDED."""
    seeds = st.slider("Seeds", 2, 8, key=state.bind("trust_seeds"), width=320)
    state.keep("trust_seeds", seeds)
    wanted = [request.replace(seed=seed) for request in requests for seed in range(seeds)]
    tiles = compute.tiles(subject, wanted, "seeds")
    rows = []
    drawn = look.chosen()
    for number, entry in enumerate(entries):
        layout.row_label(entry.label())
        runs = tiles[number * seeds : (number + 1) * seeds]
        done = [e for e in runs if isinstance(e, xai.Explanation)]
        for column, tile in zip(st.columns(max(seeds, 4), gap="small"), runs, strict=False):
            with column:
                if isinstance(tile, xai.Explanation):
                    shared = scales.shared(tile, done, drawn)
                    view = pictures.view(subject.model, subject.image)
                    layout.picture(tile_file(view, tile, drawn, shared), f"Seed {tile.seed}")
                    scales.bar(tile, drawn, shared)
                    pin_map(subject, tile, drawn, shared, f"seed-{number}-{tile.seed}")
                else:
                    layout.blank(tile)
        if len(done) > 1:
            rows.append(_row(entry, done))
            st.write(in_markdown(verdict.seeds(entry.label(), rows[-1]["rank"], len(done))))
            layout.numbers(
                **{
                    "mean rank correlation of two seeds": layout.fixed(rows[-1]["rank"]),
                    "lowest": layout.fixed(rows[-1]["lowest"]),
                    "mean IoU of the top 20 %": layout.fixed(rows[-1]["iou"]),
                }
            )
    if rows:
        st.download_button(
            "Table as CSV", pd.DataFrame(rows).to_csv(index=False), "seeds.csv", "text/csv", on_click="ignore"
        )


def _row(entry: Entry, runs: list[xai.Explanation]) -> dict[str, Any]:
    pairs = np.triu_indices(len(runs), 1)
    ranks = agreement.matrix(runs, partial(on_maps, agreement.spearman))[pairs]
    masks = [on_maps(agreement.highlighted, e) for e in runs]
    overlap = agreement.matrix(masks, agreement.iou)[pairs]
    return {
        "map": entry.label(),
        "seeds": len(runs),
        "rank": float(ranks.mean()),
        "lowest": float(ranks.min()),
        "iou": float(overlap.mean()),
    }
