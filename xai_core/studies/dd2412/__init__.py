"""Analysis and evaluation of Grad-CAM: the seven tasks of a re-examination, and the claim of robustness.

Localization error, pointing with recall, rank correlation with occlusion, trust, a medical network,
sensitivity to one pixel, contrastivity and fidelity; and what an attack does to a map. "Re-examined" numbers
are those of the project, the others those of Grad-CAM's authors.

Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization, ICCV 2017;
the project Analysis and Evaluation of Grad-CAM Explanations, DD2412, KTH."""

from .._recipe import Recipe
from . import attacked, fidelity, localization, medical, occlusion, one_pixel, pointing, trust

RECIPE = Recipe(
    key="dd2412",
    title="Analysis and evaluation of Grad-CAM",
    source="DD2412, Deep Learning, Advanced Course, KTH: a re-examination of the Grad-CAM paper",
    about="Does Grad-CAM find objects, does it agree with occlusion, do people trust the better network by "
    "it, does it help with X-rays, and does it notice a pixel that changes the answer? Each claim is "
    "measured again, beside what a map that knows nothing would reach.",
    tasks=(
        localization.TASK,
        pointing.TASK,
        occlusion.TASK,
        trust.TASK,
        medical.TASK,
        *one_pixel.TASKS,
        fidelity.TASK,
        attacked.TASK,
    ),
    url="https://github.com/ddnimara/DD2412-Project-Grad-CAM",
)
