"""What the ranking of methods means."""

from __future__ import annotations

from ..widgets.measures import Measure

RANKING = Measure(
    "Ranks that hold together",
    r"\mathrm{rank}_i\in\bigl[1+|\{j:j\succ i\}|,\;k-|\{j:i\succ j\}|\bigr]",
    "Two methods are told apart on a metric where a paired bootstrap over pictures, corrected over all "
    "pairs and metrics (Holm), says so. A method's rank is then at least one more than the number of those "
    "that are better, and so on from below. Methods that share a letter cannot be told apart, which does not "
    "make them equal: a may share one with b, and b with c, and yet a and c differ. More pictures are drawn "
    "until it is decided; each look spends a share of the error, so stopping early keeps it. A random map is "
    "always among the methods.",
    "Al Mohamad et al., Biometrics 2022; Mogstad et al., Review of Economic Studies 2024",
    "https://doi.org/10.1093/restud/rdad006",
)
