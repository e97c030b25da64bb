"""A picture on a board, as it is kept beside what was computed of it."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from ..inputs.images import load_image, own_fit
from ..types import ImageInput, InputError


@dataclass(frozen=True, eq=False)
class PinnedPicture:
    """The picture that a view showed: a PNG of `to_png`, its name, and the sha256 of its ImageInput."""

    file: bytes
    name: str
    sha256: str

    @property
    def fit(self) -> str:
        """The fit that the file says: how the network saw it. Raises InputError for a damaged file."""
        with self._opened() as file:
            return own_fit(file)

    def image(self) -> ImageInput:
        """As a network takes it. Raises InputError for one that is not what its sha256 says."""
        with self._opened() as file:
            image = load_image(file, name=self.name)
        if image.sha256 != self.sha256:
            raise InputError(f"The picture {self.name!r} is not the one that was pinned.")
        return image

    def _opened(self) -> Image.Image:
        try:
            return Image.open(io.BytesIO(self.file), formats=("PNG",))
        except OSError as error:
            raise InputError(f"The picture {self.name!r} is damaged.") from error
