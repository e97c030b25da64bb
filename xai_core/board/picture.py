"""A picture on a board, as it is kept beside what was computed of it."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from ..inputs.images import load_image
from ..types import ImageInput, InputError


@dataclass(frozen=True, eq=False)
class PinnedPicture:
    """The picture that a view showed: a PNG of `to_png`, its name, and the sha256 of its ImageInput."""

    file: bytes
    name: str
    sha256: str

    def image(self) -> ImageInput:
        """As a network takes it. Raises InputError for one that is not what its sha256 says."""
        try:
            with Image.open(io.BytesIO(self.file), formats=("PNG",)) as file:
                image = load_image(file, name=self.name)
        except OSError as error:
            raise InputError(f"The picture {self.name!r} is damaged.") from error
        if image.sha256 != self.sha256:
            raise InputError(f"The picture {self.name!r} is not the one that was pinned.")
        return image
