"""What the library raises when it is asked for something that it cannot do, or told to stop."""

from __future__ import annotations


class InputError(ValueError):
    """A value that cannot be used. The message is one sentence that names the value and what is accepted."""


class WeightsMissing(InputError):
    """A model's weights are not on this machine and could not be fetched.

    Attributes: `model` (registry key), `filename`, `size_mb` (None where unknown), `folder` (where to put the
    file), `url`, `reason` (why the download failed).
    """

    def __init__(self, model: str, filename: str, size_mb: float | None, folder: str, url: str, reason: str):
        self.model, self.filename, self.size_mb = model, filename, size_mb
        self.folder, self.url, self.reason = folder, url, reason
        size = f" ({size_mb:.0f} MB)" if size_mb else ""
        super().__init__(
            f"The weights of {model} are not on this machine: put the file {filename}{size} into {folder}, "
            f"or connect to the network ({reason})."
        )

    def __reduce__(self) -> tuple:
        return type(self), (self.model, self.filename, self.size_mb, self.folder, self.url, self.reason)


class Cancelled(Exception):
    """Raised between two batches when the caller's `cancelled()` returned True."""
