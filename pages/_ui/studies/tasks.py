"""What a study consists of before it is done: each task with what it asks for and what is here."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from xai_core.models import find_model
from xai_core.studies import Recipe
from xai_core.studies.needs import Missing
from xai_core.studies.sets import find_set

from ..state import visitors
from ..widgets import layout
from . import work


def listed(recipe: Recipe) -> None:
    """The tasks, and what is missing."""
    here = work.setups(recipe)
    rows = [
        {
            "Task": f"{one.task.key}  {one.task.title}",
            "Model": _label(find_model(one.model).label, one.model != one.task.asks.model.key),
            "Pictures": _label(find_set(one.pictures).label, one.pictures != one.task.asks.pictures.key),
            "Findings": len(one.task.published),
            "Questions": len(one.task.questions),
        }
        for one in here
    ]
    layout.heading("Tasks")
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height="content")
    stand_ins(dict.fromkeys(missing for one in here for missing in one.missing))


def stand_ins(missing: dict[Missing, None]) -> None:
    """What is not here and what takes its place. Where the server keeps files is told to its owner alone."""
    for one in missing:
        layout.note(str(one) if visitors.one_person() else one.short)


def _label(name: str, stand_in: bool) -> str:
    return f"{name} (stand-in)" if stand_in else name
