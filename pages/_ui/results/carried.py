"""Pictures that are no samples: brought by this visitor, pinned on a board, or kept for a link.

The field `image` holds a key for each: upload:<sha256>:<name>, pinned:<board's key>:<sha256>,
kept:<link's key>. `find` gives the picture of any of them, or says in a sentence why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import xai_core as xai
from xai_core.figures import encode
from xai_core.inputs.samples import square

from ..state import tray
from .pictures import MEMORY

THUMBNAIL = 112  # pixels


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
    return key.startswith((tray.UPLOAD,))


def find(key: str) -> Carried:
    """The picture of a key. Raises InputError with the sentence that is shown in its place."""
    return _brought(key)


def _brought(key: str) -> Carried:
    one = tray.find(key)
    if one is None:
        raise xai.InputError(
            f"The link shows the uploaded picture {tray.name_in(key)!r}, and an upload stays with the "
            "visitor who made it. Upload it again on the left to see the same view."
        )
    return Carried(decoded(one), one.made, one.origin)


def decoded(one: tray.Brought) -> xai.ImageInput:
    """A picture that was brought, with the fit that its file says. Raises InputError."""
    return MEMORY.make(("brought", one.key), lambda: xai.load_image(one.data, name=one.name))


def thumbnail(one: tray.Brought) -> bytes:
    """A small square picture of one that was brought, as JPEG."""
    small = ("brought thumbnail", one.key)
    return MEMORY.make(small, lambda: encode(square(decoded(one).pixels, THUMBNAIL), "JPEG"))
