"""A small trained convolutional network that tells drawn shapes apart, asked about each of two shapes.

It has ReLUs, batch norm and receptive fields that overlap, so no region acts alone. The Shapley values come
from all subsets all the same, and most of a class's value lies where its shape lies.
"""

from ..drawn import drawn_case

CASE = drawn_case(
    "tiny_cnn_shapes",
    "Trained CNN, two shapes",
    "A small trained network sees a triangle and an hourglass, and each has to be found for its class.",
)
