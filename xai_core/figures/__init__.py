"""Results -> pictures: RGB overlays (fast, for galleries) and Plotly figures (hover and zoom, for the opened
map).

Only figures resize, scale or colour a map. Nothing else in xai_core imports them.
"""

from .charts import agreement_matrix, error_bars, grouped_bars, scatter, top_classes
from .colours import DIVERGING, SEQUENTIAL, colour_table
from .heatmap import heatmap_figure
from .overlay import Look, draw_boxes, encode, limits, overlay, paint, spotlight

__all__ = [
    "DIVERGING",
    "SEQUENTIAL",
    "Look",
    "agreement_matrix",
    "colour_table",
    "draw_boxes",
    "encode",
    "error_bars",
    "grouped_bars",
    "heatmap_figure",
    "limits",
    "overlay",
    "paint",
    "scatter",
    "spotlight",
    "top_classes",
]
