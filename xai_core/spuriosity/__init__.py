"""The Clever Hans finder: pictures of a class that a network answers by something else than the class.

    maps       a map of every picture of a class, on a small grid            (`maps`)
    clusters   spectral clustering of these maps, cut at the eigengap        (`clusters`: SpRAy)
    regions    where the maps of a cluster lie and those of the rest do not  (`regions`)
    trials     the region taken out, moved, and pasted into other classes    (`trials`)
    verdicts   a shortcut only where each intervention beat its control      (`verdicts`)

`find` does all of it, here or on Ray, and goes on where it was interrupted.

Lapuschkin, Waeldchen, Binder, Montavon, Samek and Mueller, Unmasking Clever Hans predictors and assessing
what machines really learn, Nature Communications 2019."""

from .find import Findings, find
from .search import Search

__all__ = ["Findings", "Search", "find"]
