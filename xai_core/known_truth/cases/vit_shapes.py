"""A small trained transformer that tells drawn shapes apart, asked about each of two shapes.

The one case with attention. Every patch reads every other one, so the truth is that of the whole network and
no layer's; most of a class's value lies where its shape lies all the same.
"""

from ..drawn import drawn_case

CASE = drawn_case(
    "tiny_vit_shapes",
    "Trained transformer, two shapes",
    "A small trained transformer sees a triangle and an hourglass, and each has to be found for its class.",
)
