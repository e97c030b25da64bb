"""Pictures that are drawn from a number: filled shapes on a background of waves, among empty outlines.

    key = "shapes-1-17": picture 17 with one filled shape;  "shapes-2-17": with two of different classes

The class of a picture is the form of its filled shape. The outlines are distractors: their forms, like the
colours and the background, are drawn without regard to the class, so nothing outside the filled shape tells
it. Its mask and box are therefore the ground truth for where a map should lie. No file is read, and the same
key gives the same picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..types import Box, ImageInput, InputError

SIDE = 256  # pixels of a picture that is looked at
FRESH = 1_000_000  # pictures below this number are shown and measured, those above it serve for training
_KEY = re.compile(r"shapes-([12])-(\d{1,6})")
_RADIUS = (0.15, 0.2)  # of a shape, as a share of the picture's side
_STROKE = 0.022  # width of an outline
_EDGE = 1.5  # pixels over which a shape fades into the background
_TURN = 0.25  # radians that a shape is turned by at most, either way
_DARK, _LIGHT = (0.1, 0.45), (0.6, 1.0)  # colours of the background and of the shapes


def _half_planes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    corners = (np.pi / 2 + 2 * np.pi * k / 3 for k in range(3))
    return np.minimum.reduce([0.45 - x * np.cos(a) - y * np.sin(a) for a in corners])


def _star(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """One edge of the five points, which folding the plane turns into all ten."""
    sector = 2 * np.pi / 5
    angle = np.abs((np.arctan2(x, -y) + sector / 2) % sector - sector / 2)
    along, across = np.hypot(x, y) * (np.cos(angle), np.sin(angle))
    inner = 0.42 * np.array([np.cos(sector / 2), np.sin(sector / 2)])
    edge = inner - np.array([1.0, 0.0])
    normal = np.array([edge[1], -edge[0]]) / np.hypot(*edge)
    return -((along - 1.0) * normal[0] + across * normal[1])


def _heart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A square on its tip, and a disc on each of the two upper sides."""
    half, y = 0.52, y - 0.08
    square = half - np.maximum(np.abs(x + y), np.abs(x - y)) / 2**0.5
    middle = half / 2**0.5
    discs = half - np.hypot(np.abs(x) - middle, y + middle)
    return np.maximum(square, discs)


# How deep a point (x, y) lies inside the shape of radius 1 around 0, in its radii; negative outside. y points
# down.
FORMS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "disc": lambda x, y: 0.85 - np.hypot(x, y),
    "square": lambda x, y: 0.7 - np.maximum(np.abs(x), np.abs(y)),
    "triangle": _half_planes,
    "cross": lambda x, y: np.maximum(
        np.minimum(0.9 - np.abs(x), 0.28 - np.abs(y)), np.minimum(0.28 - np.abs(x), 0.9 - np.abs(y))
    ),
    "star": _star,
    "crescent": lambda x, y: np.minimum(0.95 - np.hypot(x, y), np.hypot(x - 0.5, y) - 0.75),
    "heart": _heart,
    "hourglass": lambda x, y: np.minimum(0.74 - np.abs(y), (0.1 + 0.8 * np.abs(y) - np.abs(x)) / 1.28),
}
LABELS = tuple(FORMS)


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture, uint8 (side, side, 3), and its filled shapes: their class names, their masks, bool (side,
    side), and the tight boxes around these."""

    pixels: np.ndarray
    labels: tuple[str, ...]
    masks: tuple[np.ndarray, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class _Shape:
    form: str
    circle: tuple[float, float, float]
    turn: float
    mirrored: bool
    colour: np.ndarray
    filled: bool

    def on(self, place: np.ndarray) -> tuple[tuple[slice, slice], np.ndarray]:
        """The part of the picture around the shape, and how far inside it each pixel there lies, as a share
        of the picture's side; negative outside."""
        cx, cy, radius = self.circle
        rows, columns = (
            slice(*np.searchsorted(place, (c - 1.2 * radius, c + 1.2 * radius))) for c in (cy, cx)
        )
        dx, dy = place[None, columns] - cx, place[rows, None] - cy
        cos, sin = np.cos(self.turn) / radius, np.sin(self.turn) / radius
        across, down = dx * cos + dy * sin, dy * cos - dx * sin
        found = radius * FORMS[self.form](-across if self.mirrored else across, down)
        return (rows, columns), found if self.filled else _STROKE / 2 - np.abs(found)


@dataclass(frozen=True)
class _Scene:
    """Everything that chance decides about a picture; `waves` are (angle, cycles, phase, height) each."""

    base: np.ndarray
    tint: np.ndarray
    slope: np.ndarray
    waves: np.ndarray
    shapes: tuple[_Shape, ...]

    @property
    def filled(self) -> tuple[_Shape, ...]:
        """Those that have a class."""
        return tuple(shape for shape in self.shapes if shape.filled)

    def background(self, place: np.ndarray) -> np.ndarray:
        """(side, side, 3) colours, for the middles of the pixels along a side."""
        x, y = place[None, :, None], place[:, None, None]
        angle, cycles, phase, height = self.waves.T
        along = cycles * (x * np.cos(angle) + y * np.sin(angle))
        waves = (height * np.sin(2 * np.pi * along + phase)).sum(2)
        slope = self.slope[0] * (x - 0.5) + self.slope[1] * (y - 0.5)
        return self.base + (waves[..., None] + slope) * self.tint


def draw(number: int, objects: int = 1, side: int = SIDE) -> Drawing:
    """Picture `number` with `objects` filled shapes (1, or 2 of different classes), `side` pixels wide and
    high. The side changes the resolution and nothing else."""
    scene, place = _scene(number, objects), (np.arange(side) + 0.5) / side
    canvas = scene.background(place)
    for shape in scene.shapes:
        part, depth = shape.on(place)
        cover = np.clip(0.5 + depth * side / _EDGE, 0, 1)[..., None]
        canvas[part] += cover * (shape.colour - canvas[part])
    pixels = np.rint(255 * np.clip(canvas, 0, 1)).astype(np.uint8)
    masks = tuple(_mask(shape, place) for shape in scene.filled)
    labels = tuple(shape.form for shape in scene.filled)
    return Drawing(pixels, labels, masks, tuple(map(_box, labels, masks)))


def boxes_in(key: str) -> tuple[Box, ...]:
    """The boxes of a picture's filled shapes, each labelled with its class, without drawing the picture.
    Raises InputError for a key of another kind."""
    place = (np.arange(SIDE) + 0.5) / SIDE
    return tuple(_box(shape.form, _mask(shape, place)) for shape in _scene(*_parts(key)).filled)


def _mask(shape: _Shape, place: np.ndarray) -> np.ndarray:
    mask = np.zeros((len(place), len(place)), bool)
    part, depth = shape.on(place)
    mask[part] = depth >= 0
    return mask


def _box(label: str, mask: np.ndarray) -> Box:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return Box(label, int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _scene(number: int, objects: int) -> _Scene:
    """One or two filled shapes, one to three outlines (with two filled ones, one or two), and a dark
    background; the shapes are lighter and touch neither one another nor the edge."""
    rng = np.random.default_rng((number, objects))
    base, tint = rng.uniform(*_DARK, 3), rng.uniform(0.3, 1.0, 3)
    slope = rng.uniform(-0.2, 0.2, 2)
    ranges = ((0.0, np.pi), (1.0, 9.0), (0.0, 2 * np.pi), (0.02, 0.06))
    waves = np.stack([rng.uniform(low, high, 3) for low, high in ranges], 1)
    forms = [LABELS[k] for k in rng.permutation(len(LABELS))[:objects]]
    outlines = int(rng.integers(1, 5 - objects))
    forms += [LABELS[k] for k in rng.integers(0, len(LABELS), outlines)]  # of any form: they tell nothing
    circles = _circles(rng, len(forms))
    turns, colours = rng.uniform(-_TURN, _TURN, len(forms)), rng.uniform(*_LIGHT, (len(forms), 3))
    mirrored = rng.random(len(forms)) < 0.5
    shapes = tuple(
        _Shape(form, circles[n], float(turns[n]), bool(mirrored[n]), colours[n], n < objects)
        for n, form in enumerate(forms)
    )
    return _Scene(base, tint, slope, waves, shapes)


def _circles(rng: np.random.Generator, count: int) -> list[tuple[float, float, float]]:
    """(x, y, radius) of circles in the picture that lie apart. Where one finds no place after many tries, all
    are placed again."""
    while True:
        found: list[tuple[float, float, float]] = []
        for _ in range(100):
            radius = float(rng.uniform(*_RADIUS))
            cx, cy = rng.uniform(radius, 1 - radius, 2)
            if all(np.hypot(cx - ox, cy - oy) > radius + other + 0.01 for ox, oy, other in found):
                found.append((float(cx), float(cy), radius))
            if len(found) == count:
                return found


def is_key(key: str) -> bool:
    """Whether a key names a drawn picture."""
    return _KEY.fullmatch(key) is not None


def key_of(number: int, objects: int = 1) -> str:
    """The key of a drawn picture; raises InputError for one that is not offered."""
    key = f"shapes-{objects}-{number}"
    if not is_key(key):
        raise InputError(
            f"There is no drawn picture {key!r}; one or two shapes, and numbers from 0 to {FRESH - 1:,}, are "
            "accepted."
        )
    return key


def next_key(key: str) -> str:
    """The key of the next picture with as many filled shapes. Raises InputError for a key of another kind."""
    number, objects = _parts(key)
    return key_of((number + 1) % FRESH, objects)


def _parts(key: str) -> tuple[int, int]:
    found = _KEY.fullmatch(key)
    if found is None:
        raise InputError(
            f"There is no drawn picture {key!r}; accepted are keys such as shapes-1-17 and shapes-2-17."
        )
    return int(found[2]), int(found[1])


def drawing(key: str) -> Drawing:
    """The picture of a key with its masks. Raises InputError for a key of another kind."""
    return draw(*_parts(key))


def drawn_picture(key: str, fit: str = "crop") -> ImageInput:
    """The picture of a key with its boxes. Raises InputError for a key of another kind."""
    found = drawing(key)
    return ImageInput(found.pixels, fit, drawn_name(key, found.labels), boxes=found.boxes)


def drawn_name(key: str, labels: tuple[str, ...]) -> str:
    """What a drawn picture is called: "Shapes 17: heart and star"."""
    return f"Shapes {key.rpartition('-')[2]}: {' and '.join(labels)}"
