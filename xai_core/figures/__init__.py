"""Results -> pictures: RGB overlays (fast, for galleries) and Plotly figures (hover and zoom, for the opened
map).

Only figures resize, scale or colour a map. Nothing else in xai_core imports them.
"""

from .charts import agreement_matrix, error_bars, grouped_bars, scatter, top_classes
from .colours import DIVERGING, SEQUENTIAL, colour_table
from .concept_masks import CONCEPT_COLOURS, beside_random_sets, concept_picture, importance_bars
from .concepts import answers_histogram, category_bars, concept_bars, contribution_bars
from .confusion import confusion_matrix
from .curves import Curve, beside_chance, curves
from .groups import two_boxes, two_histograms
from .heatmap import heatmap_figure
from .legend import Legend, legend, scale_note, values_legend
from .line_svg import line_svg
from .look import FORMS, Look
from .overlay import amplified, draw_boxes, encode, enlarged, overlay, paint, ringed, spotlight
from .picture import contact_sheet, picture_figure
from .publication import KINDS, publication
from .scale import Scale, limits
from .tables import table_figure
from .unlinked import unlinked
from .votes import Favour, favour_lines, vote_bars

__all__ = [
    "CONCEPT_COLOURS",
    "DIVERGING",
    "FORMS",
    "KINDS",
    "SEQUENTIAL",
    "Curve",
    "Favour",
    "Legend",
    "Look",
    "Scale",
    "agreement_matrix",
    "amplified",
    "answers_histogram",
    "beside_chance",
    "beside_random_sets",
    "category_bars",
    "colour_table",
    "concept_bars",
    "concept_picture",
    "confusion_matrix",
    "contact_sheet",
    "contribution_bars",
    "curves",
    "draw_boxes",
    "encode",
    "enlarged",
    "error_bars",
    "favour_lines",
    "grouped_bars",
    "heatmap_figure",
    "importance_bars",
    "legend",
    "limits",
    "line_svg",
    "overlay",
    "paint",
    "picture_figure",
    "publication",
    "ringed",
    "scale_note",
    "scatter",
    "spotlight",
    "table_figure",
    "top_classes",
    "two_boxes",
    "two_histograms",
    "unlinked",
    "values_legend",
    "vote_bars",
]
