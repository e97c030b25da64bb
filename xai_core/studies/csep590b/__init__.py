"""Feature attributions and metrics: the figures of the second homework of CSEP 590B, 2a to 4f.

Occlusion with squares of 4, 8 and 16 pixels before black, white and blurred baselines; vanilla gradients,
SmoothGrad and integrated gradients; insertion and deletion curves of one picture, and their average over ten
pictures and three methods. The order of the figures within a part is ours.

Covert and Lee, CSEP 590B: Explainable AI, University of Washington, 2022."""

from .._recipe import Recipe
from . import gradients, metrics, occlusion

RECIPE = Recipe(
    key="csep590b",
    title="Feature attributions and metrics",
    source="CSEP 590B, Explainable AI, University of Washington, homework 2",
    about="Hides parts of pictures, follows gradients, and then asks which map orders a picture best: the "
    "answer should come soon when the most important parts are shown first, and go soon when they are "
    "hidden first.",
    tasks=(*occlusion.TASKS, *gradients.TASKS, *metrics.TASKS),
    url="https://courses.cs.washington.edu/courses/csep590b/22sp/",
)
