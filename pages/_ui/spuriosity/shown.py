"""A search that was done: the finding, the maps of a class in the plane, its clusters, and one of them."""

from __future__ import annotations

import streamlit as st

from xai_core.datasets import Dataset
from xai_core.escaping import in_markdown
from xai_core.spuriosity import words
from xai_core.spuriosity.verdicts import Result

from .. import state
from ..results.searches import Searched
from ..sets import labelled
from ..state.subject import Subject
from ..widgets import layout, tables
from . import cluster, plane

COLUMNS = {
    "cluster": "Cluster",
    "pictures": "Pictures",
    "region": "Region",
    "shortcut": "Shortcut",
    "p_holm": ("p (Holm)", "%.3f"),
    "out": ("Taken out", "%+.2f"),
    "pasted": ("Pasted", "%+.2f"),
    "beyond": ("Beyond best parts", "%+.2f"),
}


def show(subject: Subject, data: Dataset, found: Searched) -> None:
    """All of it."""
    findings = found.findings
    layout.say(words.headline(findings))
    labelled.left_out(data, list(findings.failed))
    place = _class(found)
    one = findings.classes[place]
    left, right = st.columns([1.1, 1], gap="large")
    with left:
        layout.heading("The maps of the class, laid out by t-SNE")
        picked = plane.show(one, found.layouts[place])
    with right:
        layout.heading("Clusters of the class")
        chosen = _clusters(found, place)
    if chosen is not None:
        cluster.verdict(chosen, one.label)
    cluster.pictures_of(subject, data, one, chosen, picked)
    _affected(found, place)


def _class(found: Searched) -> int:
    """The place of the class that is shown."""
    findings = found.findings
    marks = {one.cluster.of for one in findings.shortcuts}
    said = {True: ", shortcut found", False: ""}
    names = [one.label + said[number in marks] for number, one in enumerate(findings.classes)]
    state.put_quietly("hans_class", min(state.get("hans_class"), len(names) - 1))
    place = st.selectbox(
        "Class",
        range(len(names)),
        key=state.bind("hans_class"),
        format_func=lambda n: in_markdown(names[n]),
        width=320,
    )
    return int(state.keep("hans_class", place))


def _clusters(found: Searched, place: int) -> Result | None:
    """The table of the class's clusters; ticking a row opens that cluster."""
    results = [one for one in found.findings.results if one.cluster.of == place]
    if not results:
        layout.note("No two clusters of this class have three pictures, so none was tried.")
        return None
    every = found.findings.clusters_table()
    own = every[[one.cluster.of == place for one in found.findings.results]].reset_index(drop=True)
    own["shortcut"] = ["yes" if one.shortcut else "no" for one in results]

    def opened(row: int) -> None:
        state.put(hans_cluster=results[row].cluster.rank, picked=())

    tables.table(
        own[list(COLUMNS)],
        f"clusters-{place}",
        f"Clusters of {found.findings.classes[place].label}",
        COLUMNS,
        whole=every,
        csv="All clusters as CSV",
        opened=opened,
    )
    layout.caption(
        "Margins that the region moves beyond its control",
        "a shortcut beats all three",
        "tick a row to open a cluster",
    )
    ranks = [one.cluster.rank for one in results]
    wanted = state.get("hans_cluster")
    return results[ranks.index(wanted)] if wanted in ranks else results[0]


def _affected(found: Searched, place: int) -> None:
    """The pictures that a shortcut of the class affects."""
    own = [one for one in found.findings.affected if one.cluster.of == place]
    if not own:
        return
    layout.heading("Affected pictures")
    for one in own:
        layout.note(words.left(one))
    every = found.findings.pictures_table()
    label = found.findings.classes[place].label
    tables.table(
        every[every["class"] == label],
        "affected",
        f"Pictures of {label} that a shortcut affects",
        {
            "class": "Class",
            "cluster": "Cluster",
            "image": "Picture",
            "lost": ("Margin lost", "%+.2f"),
            "flipped": "Answer turned",
        },
        whole=every,
        csv="Affected pictures as CSV",
    )
