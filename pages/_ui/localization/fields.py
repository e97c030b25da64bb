"""What a visitor can choose on Localization."""

from __future__ import annotations

from ..state import entries, forms, visitors
from ..state.fields import Field, choice, whole
from ..state.shared import AUTO

FIELDS = (
    Field("boxes_of", "mosaics", visitors.set_of("mosaics", "folder", "shapes", "shape_pairs")),
    Field("boxed", "set", choice("set", "one")),
    Field("box_maps", forms.maps("grad_cam,layer_cam,guided_grad_cam"), forms.maps, entries.write),
    Field("share", 20, forms.share),
    Field("tolerance", 15, whole(0, 100)),
    Field("box_map", 0, forms.tile),
    Field("sorted_by", "iou", choice("iou", "energy", "activated_share")),
    Field("box_tile", AUTO, forms.tile),
    Field("true_box", AUTO, forms.tile),
)
