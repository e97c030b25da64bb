"""What a check is, for "What am I looking at?"."""

from __future__ import annotations

from ..widgets.measures import RANDOMISATION, Measure

INTERVALS = Measure(
    "Intervals that hold at every picture",
    r"\{m:\textstyle\prod_i(1\pm\lambda_i(x_i-m))<2/\alpha\ \text{so far}\}",
    "For each possible mean a gambler bets against it, picture after picture. Where he wins too much, that "
    "mean is ruled out. The interval holds after every picture at once, so a check may stop as soon as it is "
    "settled, and a wrong verdict stays as rare as was asked for.",
    "Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting, JRSS B 2024",
    "https://arxiv.org/abs/2010.09686",
)
ENERGY = Measure(
    "Share of the map inside",
    r"\frac{\sum_{i\in B}\max(0,M_i)}{\sum_i\max(0,M_i)}",
    "How much of the positive map lies inside the boxes or the region. A bump in the middle, noise and a "
    "flat map are measured beside it on the same pictures; a check passes only where they are beaten.",
    "Wang et al., Score-CAM, CVPRW 2020",
    "https://arxiv.org/abs/1910.01279",
)
SPECS = (INTERVALS, ENERGY, RANDOMISATION)
