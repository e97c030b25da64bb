"""Network Dissection, LIME and Grad-CAM: an assignment of four parts, each of them a deliverable.

What the units of two networks have learned; LIME on ten photographs; three class activation maps of the last
convolutional layer; and how much of what LIME marks they mark too, in simple and in complex pictures.

Bau et al., Network Dissection, CVPR 2017; Oikarinen and Weng, CLIP-Dissect, ICLR 2023; Ribeiro et al., "Why
Should I Trust You?", KDD 2016; Selvaraju et al., Grad-CAM, ICCV 2017; Desai and Ramaswamy, Ablation-CAM,
WACV 2020; Wang et al., Score-CAM, CVPR Workshops 2020."""

from .._recipe import Recipe
from . import cams, lime, overlap, units

RECIPE = Recipe(
    key="assignment4",
    title="Network Dissection, LIME and Grad-CAM",
    source="An assignment (number 4) with ResNet-18, ResNet-50 and ten photographs of ImageNet",
    about="Names the units of two networks and counts what they know; explains ten photographs with LIME and "
    "with three class activation maps; and asks where LIME and these maps agree.",
    tasks=(units.TASK, lime.TASK, cams.TASK, overlap.TASK),
)
