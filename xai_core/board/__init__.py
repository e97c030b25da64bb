"""The pinboard: results put aside with all that is needed to show them again and to compute them again.

`pin` holds one result, `store` keeps boards on disk, `export_html` and `export_zip` carry them away, `load`
brings a ZIP back, and `reproduce` computes its maps anew."""

from .export_html import board_html
from .export_zip import board_zip
from .figure_file import read_figure
from .load import load_zip
from .picture import PinnedPicture
from .pin import MAX_NOTE, MAX_TITLE, Pin, PinnedMap
from .store import boards_folder, change_board, is_board_key, new_board, pinned_picture, read_board

__all__ = [
    "MAX_NOTE",
    "MAX_TITLE",
    "Pin",
    "PinnedMap",
    "PinnedPicture",
    "board_html",
    "board_zip",
    "boards_folder",
    "change_board",
    "is_board_key",
    "load_zip",
    "new_board",
    "pinned_picture",
    "read_board",
    "read_figure",
]
