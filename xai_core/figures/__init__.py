"""Results -> pictures: RGB overlays (fast, for galleries) and Plotly figures (hover and zoom, for the opened
map).

Only figures resize, scale or colour a map. Nothing else in xai_core imports them.
"""

from .charts import top_classes
from .colours import DIVERGING, SEQUENTIAL, colour_table
from .heatmap import heatmap_figure
from .overlay import Look, draw_boxes, encode, limits, overlay

__all__ = [
    "DIVERGING",
    "SEQUENTIAL",
    "Look",
    "colour_table",
    "draw_boxes",
    "encode",
    "heatmap_figure",
    "limits",
    "overlay",
    "top_classes",
]
