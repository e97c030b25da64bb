"""Pictures that are no samples: brought by this visitor, pinned on a board, or kept for a link.

The field `image` holds a key for each: upload:<sha256>:<name>, pinned:<board's key>:<sha256>,
kept:<link's key>. `find` gives the picture of any of them, or says in a sentence why there is none."""

from __future__ import annotations

import time
from dataclasses import dataclass

import xai_core as xai
from xai_core.board import PinnedPicture, pinned_picture
from xai_core.figures import encode
from xai_core.inputs.samples import square

from ..state import tray
from . import database
from .pictures import MEMORY

PINNED, KEPT = "pinned:", "kept:"
THUMBNAIL = 112  # pixels
GONE = (
    "The picture of this link is gone: pictures are kept for 30 days, or until who kept them deletes them. "
    "Ask for the picture, and upload it on the left."
)


@dataclass(frozen=True)
class Carried:
    """Such a picture with the fit that its file says. `made` says what an attack did to it ("hen to vulture",
    else ""), `origin` is the key of the picture that was attacked, and `source` says where it lies."""

    image: xai.ImageInput
    made: str = ""
    origin: str = ""
    source: str = ""

    def fitted(self, fit: str) -> xai.ImageInput:
        """As the network is given it. An attacked picture is what the network saw, so it is not fitted
        again."""
        return self.image if self.made else self.image.with_fit(fit)


def is_carried(key: str) -> bool:
    """Whether the key of a picture is that of one that is no sample."""
    return key.startswith((tray.UPLOAD, PINNED, KEPT))


def find(key: str) -> Carried:
    """The picture of a key. Raises InputError with the sentence that is shown in its place."""
    if key.startswith(PINNED):
        return _pinned(key)
    return _kept(key) if key.startswith(KEPT) else _brought(key)


def file(key: str) -> bytes:
    """The file of a picture, as it was uploaded or pinned. Raises InputError as `find` does."""
    one = tray.find(key)
    if one is not None:
        return one.data
    if key.startswith(PINNED):
        return _on_board(key).file
    find(key)
    return database.kept().file(key.removeprefix(KEPT))


def on_board(board: str, picture: PinnedPicture) -> str:
    """The key of a picture that is pinned on that board."""
    return f"{PINNED}{board}:{picture.sha256[:16]}"


def to_pin(key: str, fit: str) -> PinnedPicture:
    """The picture of a key as a board holds it. Raises InputError as `find` does."""
    image = find(key).fitted(fit)
    png = MEMORY.make(("png", image.sha256), lambda: xai.to_png(image))
    return PinnedPicture(png, image.name, image.sha256)


def _pinned(key: str) -> Carried:
    picture = _on_board(key)
    image = MEMORY.make(("pinned", picture.sha256, picture.name), picture.image)
    return Carried(image, source="From a pinboard")


def _on_board(key: str) -> PinnedPicture:
    board, _, sha256 = key.removeprefix(PINNED).partition(":")
    return pinned_picture(board, sha256)


def _kept(key: str) -> Carried:
    link = key.removeprefix(KEPT)
    kept = database.kept()
    found = kept.find(link)
    if found is None:
        raise xai.InputError(GONE)
    image = MEMORY.make(
        ("kept", found.sha256, found.name), lambda: xai.load_image(kept.file(link), name=found.name)
    )
    return Carried(image, found.made, source=f"Kept until {day(found.expires)}")


def day(seconds: float) -> str:
    """A moment as the day on which it falls: 28 December 2026."""
    moment = time.gmtime(seconds)
    return f"{moment.tm_mday} {time.strftime('%B %Y', moment)}"


def _brought(key: str) -> Carried:
    one = tray.find(key)
    if one is None:
        raise xai.InputError(
            f"The link shows the uploaded picture {tray.name_in(key)!r}, and an upload stays with the "
            "visitor who made it. Upload it again on the left to see the same view, or ask for a link that "
            "keeps the picture."
        )
    return Carried(decoded(one), one.made, one.origin)


def decoded(one: tray.Brought) -> xai.ImageInput:
    """A picture that was brought, with the fit that its file says. Raises InputError."""
    return MEMORY.make(("brought", one.key), lambda: xai.load_image(one.data, name=one.name))


def thumbnail(one: tray.Brought) -> bytes:
    """A small square picture of one that was brought, as JPEG."""
    small = ("brought thumbnail", one.key)
    return MEMORY.make(small, lambda: encode(square(decoded(one).pixels, THUMBNAIL), "JPEG"))
