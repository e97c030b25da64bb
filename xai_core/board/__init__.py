"""The pinboard: results put aside with all that is needed to show them again and to compute them again.

`pin` holds one result, `store` keeps boards on disk, `export_html` and `export_zip` carry them away, `load`
brings a ZIP back, and `reproduce` computes its maps anew."""

from .export_html import board_html, chart_html
from .export_zip import board_zip
from .figure_check import checked_figure
from .figure_file import read_figure
from .load import load_named_zip, load_zip
from .picture import PinnedPicture
from .pin import Pin, PinnedMap
from .schema import MAX_NOTE, MAX_TITLE
from .store import (
    board_name,
    boards_folder,
    change_board,
    is_board_key,
    name_board,
    new_board,
    pinned_picture,
    pinned_sources,
    read_board,
    sweep_boards,
)
from .words import told_apart

__all__ = [
    "MAX_NOTE",
    "MAX_TITLE",
    "Pin",
    "PinnedMap",
    "PinnedPicture",
    "board_html",
    "board_name",
    "board_zip",
    "boards_folder",
    "change_board",
    "chart_html",
    "checked_figure",
    "is_board_key",
    "load_named_zip",
    "load_zip",
    "name_board",
    "new_board",
    "pinned_picture",
    "pinned_sources",
    "read_board",
    "read_figure",
    "sweep_boards",
    "told_apart",
]
