"""Pictures without labels, for what explains the class that the network answers."""

from __future__ import annotations

from pathlib import Path

from ..inputs.images import pictures_in
from ..inputs.samples import sample_path, samples
from .example import Dataset, Example, dataset

SAMPLES = "samples"


def unlabelled(source: str | Path) -> Dataset:
    """All pictures in a folder and in the folders in it, or "samples", the sample photographs that are on
    this machine. The examples have no class. Raises InputError where there is no picture."""
    if str(source) == SAMPLES:
        here = {key: s for key, s in samples().items() if s.package or sample_path(key, fetch=False)}
        return Dataset(SAMPLES, tuple(Example(s.label, key, s.label, ()) for key, s in here.items()))
    path = Path(source).expanduser()
    files = pictures_in(path, nested=True)
    return dataset(path.name, [Example(str(f.relative_to(path)), str(f), "", ()) for f in files], path)
