"""The cache of the pages keeps maps without their pictures, which the pages have anyway."""

from __future__ import annotations

import xai_core as xai
from pages._ui.results import maps
from pages._ui.results.memory import size


def test_a_kept_map_takes_no_memory_for_its_picture(chelsea):
    request = xai.Request("grad_cam", layer="blocks.6")
    (e,) = maps.explain("efficientnet_lite0", chelsea, [request])
    kept = maps.known("efficientnet_lite0", chelsea, request)
    assert e.view is None
    assert kept.view is None
    assert size(kept) == 200 + kept.heatmap.nbytes
