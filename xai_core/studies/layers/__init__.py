"""Grad-CAM: layers, ReLU, counterfactuals, attacks, as a talk showed them.

Selvaraju et al., Grad-CAM, ICCV 2017; Zhou et al., Learning Deep Features for Discriminative Localization,
CVPR 2016; Szegedy et al., Intriguing properties of neural networks, ICLR 2014."""

from .._recipe import Recipe
from . import attack, same_as_cam, two_layers

RECIPE = Recipe(
    key="layers",
    title="Grad-CAM: layers, ReLU, counterfactuals, attacks",
    source="A talk on Grad-CAM, with ResNet-50 and VGG-16",
    about="Grad-CAM at two layers of two networks, for both animals of one picture; what ReLU takes away and "
    "what the counterfactual shows; CAM and Grad-CAM on a network with global pooling; and what an attack "
    "does to the map.",
    tasks=(*two_layers.TASKS, same_as_cam.TASK, attack.TASK),
)
