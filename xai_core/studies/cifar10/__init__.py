"""Grad-CAM on CIFAR-10: the tenth homework of CIS 620.

How often the networks are right; maps of pictures that are classified rightly and wrongly, and what differs
between the two over all pictures; Grad-CAM against Grad-CAM++ and XGrad-CAM; Grad-CAM against Shapley values.

Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; Selvaraju et al., Grad-CAM, ICCV
2017."""

from .._recipe import Recipe
from . import accuracy, cams, right_and_wrong, shapley

RECIPE = Recipe(
    key="cifar10",
    title="Grad-CAM on CIFAR-10",
    source="CIS 620, homework 10",
    about="Measures how often networks name the pictures of CIFAR-10 rightly, looks at the maps of right and "
    "wrong answers, and compares Grad-CAM with two of its successors and with Shapley values.",
    tasks=(*accuracy.TASKS, right_and_wrong.TASK, cams.TASK, shapley.TASK),
)
