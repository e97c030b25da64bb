"""Scores of perturbed pictures that are kept in a folder, so that schemes of drawing share them and a
measurement that was cut off goes on where it ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

import xai_core as xai
from xai_core.inputs import superpixels
from xai_core.methods._soft_masks import soft_masks
from xai_core.network.scores import Score
from xai_core.scoring.hiding import Painted, PartsKept

PART = 500  # rows between two savings
GRID = 7  # RISE's cells along each side


class Scored:
    """The scores of rows (M, k) by one picture and one method; each different row is scored once and kept in
    `file`."""

    def __init__(self, file: Path, score: Callable[[np.ndarray], np.ndarray]):
        self._file, self._score = file, score
        self.known: dict[bytes, float] = {}
        if file.is_file():
            kept = np.load(file)
            self.known = {
                row.tobytes(): float(value) for row, value in zip(kept["rows"], kept["scores"], strict=True)
            }

    def missing(self, rows: np.ndarray) -> np.ndarray:
        """The different rows among them that have no score yet, in order."""
        wanted = {row.tobytes(): row for row in rows if row.tobytes() not in self.known}
        return np.array(list(wanted.values()), rows.dtype).reshape(-1, rows.shape[1])

    def of(self, rows: np.ndarray) -> np.ndarray:
        """The scores (M,) of the rows."""
        missing = self.missing(rows)
        for part in (missing[start : start + PART] for start in range(0, len(missing), PART)):
            found = self._score(part)
            self.known |= {row.tobytes(): float(value) for row, value in zip(part, found, strict=True)}
            self._save(rows.dtype)
        return np.array([self.known[row.tobytes()] for row in rows])

    def _save(self, dtype: np.dtype) -> None:
        rows = np.stack([np.frombuffer(row, dtype) for row in self.known])
        new = self._file.with_suffix(".new.npz")
        np.savez_compressed(new, rows=rows, scores=np.array(list(self.known.values())))
        new.replace(self._file)


class Picture:
    """One picture in one network: its superpixels, and the scores of the class that the network gives it
    when parts are hidden."""

    def __init__(self, handle: xai.ModelHandle, image: xai.ImageInput, name: str, folder: Path):
        self._handle, self._folder, self.name = handle, folder, name
        self._target = xai.predict(handle, image, 1)[0].index
        self._x = handle.preprocess(image)
        self.segments = superpixels.segment(handle.view(image), "slic", 50)
        self.count = int(self.segments.max()) + 1
        self._regions: PartsKept | None = None

    def scored(self, method: str) -> Scored:
        """What is known of this picture for "superpixels" (rows say which are visible; the others have their
        mean colour; logits) or "rise" (rows hold cells and shift; black; probabilities)."""
        file = self._folder / f"{self.name}-{method}.npz"
        return Scored(file, {"superpixels": self._visible, "rise": self._masked}[method])

    def _visible(self, rows: np.ndarray) -> np.ndarray:
        with self._handle.session():
            if self._regions is None:
                labels = torch.from_numpy(self.segments)
                means = superpixels.segment_means(self._x, labels[None])
                self._regions = Painted(self._handle.scorer, self._x, means).regions(0, labels, 10_000)
            score, progress = Score((self._target,)), self._handle.progress()
            found = self._regions.scores(torch.from_numpy(rows), score, progress)
        return found.double().numpy()

    def _masked(self, rows: np.ndarray) -> np.ndarray:
        with self._handle.session():
            black = superpixels.baseline(self._x, "black", self._handle.grid, torch.Generator())
            found = Painted(self._handle.scorer, self._x, black).masked(
                0,
                lambda start, stop: masks_of(rows[start:stop], self._handle.input_size),
                len(rows),
                Score((self._target,), probability=True),
                self._handle.progress(),
                lambda _found: None,
            )
        return found.double().numpy()


def masks_of(rows: np.ndarray, size: tuple[int, int]) -> torch.Tensor:
    """The soft masks (B, 1, H, W) of rows (B, 66) of cells and shift."""
    cells, shifts = torch.from_numpy(rows[:, :-2]), torch.from_numpy(rows[:, -2:])
    return soft_masks(cells.reshape(-1, 1, GRID + 1, GRID + 1), shifts, size)
