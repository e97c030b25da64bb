"""Concepts with pixel masks: the colours of any picture, made textures, drawn shapes, and a folder that a
person brings.

A folder of masks holds one folder a concept; in it NAME.jpg (or another picture) and NAME.mask.png of the
same size, where every pixel that is not black is the concept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..inputs.images import load_image, pictures_in
from ..types import InputError
from .colours import COLOURS
from .drawings import PICTURES, SHAPES, masked
from .textures import TEXTURES, Masked, textured
from .words import category

PER_TEXTURE = 10
MASK = ".mask.png"


@dataclass(frozen=True)
class Domain:
    """Concepts that are marked on the same pictures. `loaders` make those pictures; None means on every
    picture, from its pixels. `name` says what the pictures are, for the cache."""

    concepts: tuple[str, ...]
    loaders: tuple[Callable[[], Masked], ...] | None
    category: Callable[[str], str]
    name: tuple[object, ...] = ()


def colours(names: Sequence[str] = COLOURS) -> Domain:
    """The eleven basic colours, on every picture."""
    return Domain(tuple(names), None, lambda _: "colour")


def textures(names: Sequence[str] = tuple(TEXTURES)) -> Domain:
    """The made textures."""
    made = [lambda n=n, i=i: textured(n, i) for n in names for i in range(PER_TEXTURE)]
    firsts = tuple(textured(name, 0).image.sha256 for name in names)
    return Domain(tuple(names), tuple(made), lambda _: "texture", firsts)


def drawn_shapes(names: Sequence[str] = SHAPES) -> Domain:
    """The filled shapes of drawn pictures."""
    made = [partial(masked, tuple(names), number) for number in range(PICTURES)]
    return Domain(tuple(names), tuple(made), lambda _: "shape", (PICTURES, made[0]().image.sha256))


def mask_folder(path: str | Path) -> Domain:
    """The concepts of a folder of masks. Raises InputError for a folder without any, or a picture without its
    mask."""
    home = Path(path).expanduser()
    if not home.is_dir():
        raise InputError(f"There is no folder {str(path)!r}.")
    found: list[tuple[str, Path, Path]] = []
    for concept in sorted(child for child in home.iterdir() if child.is_dir()):
        for file in pictures_in(concept):
            if not file.name.endswith(MASK):
                found.append((concept.name, file, file.with_name(file.stem + MASK)))
    if not found:
        raise InputError(f"The folder {str(path)!r} holds no concepts; one folder a concept is accepted.")
    missing = [file for _, file, mask in found if not mask.is_file()]
    if missing:
        raise InputError(
            f"The picture {missing[0]} has no mask; {missing[0].stem + MASK} is expected beside it."
        )
    files = [(str(f), f.stat().st_mtime_ns, m.stat().st_mtime_ns) for _, f, m in found]
    concepts = tuple(dict.fromkeys(concept for concept, _, _ in found))
    loaders = tuple(lambda row=row: _from_files(*row) for row in found)
    return Domain(concepts, loaders, lambda word: category(word) or "object", tuple(files))


def chosen(concepts: Sequence[str] | str | Path | None) -> tuple[Domain, ...]:
    """All colours and textures, those that are named, or those and a folder's. Raises InputError."""
    if concepts is None:
        return colours(), textures()
    if isinstance(concepts, (str, Path)):
        return colours(), textures(), mask_folder(concepts)
    known = ((colours, tuple(COLOURS)), (textures, tuple(TEXTURES)), (drawn_shapes, SHAPES))
    words = [word for _, own in known for word in own]
    unknown = [word for word in concepts if word not in words]
    if unknown or not concepts:
        raise InputError(
            f"There are no masks for {unknown[0] if unknown else 'an empty list'!r}; there are masks for "
            f"{', '.join(words)}, or give a folder of masks."
        )
    parts = [(make, [word for word in concepts if word in table]) for make, table in known]
    return tuple(make(names) for make, names in parts if names)


def _from_files(concept: str, file: Path, mask_file: Path) -> Masked:
    image, mask = load_image(file), load_image(mask_file)
    if image.pixels.shape != mask.pixels.shape:
        raise InputError(
            f"The mask {mask_file} has {mask.pixels.shape[1]} x {mask.pixels.shape[0]} pixels; its picture's "
            f"{image.pixels.shape[1]} x {image.pixels.shape[0]} are expected."
        )
    return Masked(image, {concept: mask.pixels.max(-1) > 0})
