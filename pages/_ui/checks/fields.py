"""What a visitor can choose on Checks."""

from __future__ import annotations

from xai_core.testing.kinds import KINDS
from xai_core.testing.kinds.same_map_after import CHANGES
from xai_core.testing.regions import NAMED

from ..state import forms, visitors
from ..state.fields import Field, choice, whole
from ..state.shared import AUTO

OWN_BOX = "box"  # the region is the field `box`
FIELDS = (
    Field("check_kind", "looks_at", choice(*KINDS)),
    Field("checked_on", "mosaics", visitors.set_of("mosaics", "folder", "shapes", "shape_pairs")),
    Field("check_map", forms.entry("grad_cam"), forms.entry, forms.one),
    Field("verdict_about", "these", choice("these", "like")),
    Field("checked_against", "own", choice("own", "centre", "random")),
    Field("checked_region", "bottom_right", choice(*NAMED, OWN_BOX)),
    Field("changed_by", CHANGES[0], choice(*CHANGES)),
    Field("share_inside", 60, whole(1, 99)),
    Field("share_allowed", 20, whole(1, 99)),
    Field("loss_allowed", 20, whole(1, 99)),
    Field("alike_changed", 50, whole(1, 99)),
    Field("alike_noisy", 80, whole(1, 99)),
    Field("noise_steps", 4, whole(1, 64)),
    Field("area_gained", 0, whole(0, 90)),
    Field("check_tile", AUTO, forms.tile),
)

# of each setting that a kind declares: its field, and how many of the field's units make one; 0: a choice
SETTINGS: dict[tuple[str, str], tuple[str, float]] = {
    ("looks_at", "share"): ("share_inside", 100.0),
    ("ignores", "share"): ("share_allowed", 100.0),
    ("ignores", "effect"): ("loss_allowed", 100.0),
    ("same_map_after", "change"): ("changed_by", 0.0),
    ("same_map_after", "alike"): ("alike_changed", 100.0),
    ("robust", "alike"): ("alike_noisy", 100.0),
    ("robust", "radius"): ("noise_steps", 1.0),
    ("faithful", "gain"): ("area_gained", 100.0),
}
