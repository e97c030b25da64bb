"""Small maps, tables and networks for the tests of the finder."""

import numpy as np
import pandas as pd
import torch
from torch import nn

import xai_core as xai
from xai_core.spuriosity.search import GRID

SIZE = (32, 48)


def blobs(counts, seed=0, spread=1.0):
    """float32 (n, GRID, GRID): so many maps around each of some centres, each with the sum 1; and the number
    of its centre."""
    random = np.random.default_rng(seed)
    centres = [(2, 2), (11, 4), (6, 11), (11, 11)]
    y, x = np.mgrid[:GRID, :GRID]
    maps, of = [], []
    for centre, count in enumerate(counts):
        for _ in range(count):
            cy, cx = np.array(centres[centre]) + random.normal(0, spread, 2)
            one = np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 6) + random.random((GRID, GRID)) * 0.05
            maps.append(one / one.sum())
            of.append(centre)
    return np.array(maps, np.float32), np.array(of)


class Reads(nn.Module):
    """Class 1 is the blue in the lower left corner, class 0 the red of the whole picture, of pictures of
    SIZE with values 0..1."""

    def __init__(self):
        super().__init__()
        self.keep = nn.Conv2d(3, 2, 1, bias=False)
        weight = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        self.keep.weight.data = weight[:, :, None, None]

    def forward(self, x):
        seen = self.keep(x)
        corner = seen[:, 1, 3 * SIZE[0] // 4 :, : SIZE[1] // 4].mean((1, 2))
        return torch.stack([seen[:, 0].mean((1, 2)), corner], 1)


def reads():
    """A handle to it; its classes are plain and blue."""
    return xai.wrap(Reads(), SIZE, labels=("plain", "blue"))


def out_rows(cluster, losses, controls, whole=1.0, first=0):
    """Trials "out" with the margins that each picture loses by the region and by its controls (n, C)."""
    rows = []
    for n, (lost, others) in enumerate(zip(losses, controls, strict=True)):
        edits = {"whole": whole, "out": whole - lost, "moved": whole - lost / 2}
        edits |= {f"out_{k}": whole - other for k, other in enumerate(others, 1)}
        rows += [_row(first + n, cluster, "out", f"p{n}", f"p{n}", name, m) for name, m in edits.items()]
    return pd.DataFrame(rows)


def paste_rows(cluster, gains, control, ordinary, first=1000):
    """Trials "paste" with the margins that each receiver gains."""
    rows = []
    for n, three in enumerate(zip(gains, control, ordinary, strict=True)):
        pasted, control, other = np.array(three) - 1
        edits = {"whole": -1.0, "pasted": pasted, "control": control, "ordinary": other}
        rows += [
            _row(first + n, cluster, "paste", f"r{n}", f"p{n % 9}", name, m) for name, m in edits.items()
        ]
    return pd.DataFrame(rows)


def _row(trial, cluster, kind, image, donor, edit, margin):
    return {
        "trial": trial,
        "cluster": cluster,
        "kind": kind,
        "number": int(image[1:]),
        "image": image,
        "donor": donor,
        "edit": edit,
        "margin": float(margin),
        "answer": int(margin > 0),
        "hit": margin > 0,
    }
