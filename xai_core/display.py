"""How a result shows itself in a notebook.

A result knows nothing of figures, which stand above it and need Plotly. The package therefore hands over a
function that imports the drawing module, and that function is called when a result is first shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol


class Drawer(Protocol):
    """What draws results; `kind` says what the result is (see `figures.notebook`)."""

    def html(self, kind: str, result: Any) -> str:
        """An HTML fragment in which every text is escaped."""

    def png(self, kind: str, result: Any) -> bytes:
        """A PNG file."""

    def figure(self, kind: str, result: Any) -> Any:
        """A Plotly figure."""


_imports: list[Callable[[], Drawer]] = []


def draw_with(import_drawer: Callable[[], Drawer]) -> None:
    """Let `import_drawer()`, called when a result is first shown, give what draws all results."""
    _imports[:] = [import_drawer]


def drawer() -> Drawer:
    """What draws results."""
    return _imports[0]()


class Displayed:
    """A result that a notebook shows by itself: as HTML, or as a PNG where the front end takes no HTML."""

    _kind: ClassVar[str]

    def figure(self) -> Any:
        """The result as a Plotly figure, with values on hover and zoom."""
        return drawer().figure(self._kind, self)

    def _repr_html_(self) -> str:
        return drawer().html(self._kind, self)

    def _repr_png_(self) -> bytes:
        return drawer().png(self._kind, self)
