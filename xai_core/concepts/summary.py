"""What tables of `dissect` come to: concepts counted, by category, and which only one of them has."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from .chance import interpretable


def counts(tables: Mapping[str, pd.DataFrame], guesses: bool = False) -> pd.DataFrame:
    """How many interpretable units of each table (a column each, by its name) bear each concept; with
    `guesses` all units that have a name. Columns before them: concept, category. The most frequent over all
    tables first, ties by name."""
    parts = []
    for name, table in tables.items():
        named = table[table["description"] != ""] if guesses else table[interpretable(table)]
        parts.append(named.groupby(["description", "category"]).size().rename(name))
    found = pd.concat(parts, axis=1).fillna(0).astype(int) if parts else pd.DataFrame()
    order = found.assign(total=found.sum(axis=1)).reset_index().rename(columns={"description": "concept"})
    order = order.sort_values(["total", "concept"], ascending=[False, True], kind="stable")
    return order.drop(columns="total").reset_index(drop=True)


def shares(counted: pd.DataFrame) -> pd.DataFrame:
    """Of a table of `counts`: the share of interpretable units by category (rows) and table (columns), 0..1;
    NaN in a column without any."""
    sums = counted.drop(columns="concept").groupby("category", sort=False).sum()
    return sums / sums.sum().where(sums.sum() > 0)


def only_in(counted: pd.DataFrame, name: str) -> list[str]:
    """The concepts that this table has and no other, most frequent first."""
    others = [column for column in counted.columns if column not in ("concept", "category", name)]
    rows = counted[(counted[name] > 0) & (counted[others].sum(axis=1) == 0)]
    return rows.sort_values(name, ascending=False, kind="stable")["concept"].tolist()
