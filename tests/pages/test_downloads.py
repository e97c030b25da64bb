"""An opened map as a file: named after its direction, and saying what it shows."""

from xml.etree import ElementTree

import xai_core as xai
from pages._ui.state.subject import Subject
from pages._ui.widgets import downloads
from xai_core.figures import Look


def test_a_counterfactual_map_says_so_in_its_files_name_and_title(lite0, chelsea):
    scores = xai.predict(lite0, chelsea, 2)
    subject = Subject("efficientnet_lite0", lite0, chelsea, tuple(scores), *scores)
    e = xai.explain(lite0, chelsea, "grad_cam", 282, layer="blocks.6", relu=False, counterfactual=True)
    assert downloads.file_stem(subject, e) == "efficientnet_lite0_grad_cam_blocks.6_against_282"
    file = downloads.figure_file(subject, lite0.view(chelsea), e, Look(), None, "svg")
    said = " ".join(ElementTree.fromstring(file).itertext())
    for part in ("Grad-CAM, blocks.6, against tiger cat", "tiger cat (282): probability", chelsea.name):
        assert part in said
    assert "EfficientNet-Lite0, " in said
    assert "raises" in said
