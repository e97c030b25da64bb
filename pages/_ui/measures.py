"""What the measures of the pages mean: formula, how to read it, paper."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """As a method or an attack describes itself."""

    label: str
    formula: str
    reading: str
    paper: str
    url: str


INSERTION = Measure(
    "Insertion and deletion",
    r"I_k=s(b\leftarrow x_{\pi(1..k)}),\quad D_k=s(x\leftarrow b_{\pi(1..k)})",
    "Superpixels are shown, or hidden, from the most to the least important. A good map lets the probability "
    "rise early and fall early: a large area on the left, a small one on the right. A random order is what "
    "every map has to beat.",
    "Petsiuk et al., RISE, BMVC 2018",
    "https://arxiv.org/abs/1806.07421",
)
RANDOMISATION = Measure(
    "Model randomisation",
    r"\rho_{\mathrm{rank}}\bigl(M_{\theta}(x),\,M_{\theta'}(x)\bigr),\quad\theta'\ \text{drawn anew}",
    "The same map of the same picture, from a network whose weights are random. If the two look alike, the "
    "map shows the picture and not what the network learned.",
    "Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018",
    "https://arxiv.org/abs/1810.03292",
)
CONTRAST = Measure(
    "Contrastivity and fidelity",
    r"c=\frac{|m_A\oplus m_B|}{|m_A\vee m_B|},\qquad f=p(x)-p(x\setminus m_A)",
    "Contrastivity: how much of what is highlighted differs between two classes. Fidelity: by how much the "
    "probability falls without it. A map worth having is high on both.",
    "Pope et al., CVPR 2019",
    "https://openaccess.thecvf.com/content_CVPR_2019/html/Pope_Explainability_Methods_for_Graph_Convolutional_Neural_Networks_CVPR_2019_paper.html",
)
SEEDS = Measure(
    "Seed stability",
    r"\frac{2}{k(k-1)}\sum_{i<j}\rho_{\mathrm{rank}}(M_i,M_j)",
    "The same request with other random numbers. What differs between the maps is chance.",
    "Visani et al., Statistical stability indices for LIME, 2020",
    "https://arxiv.org/abs/2001.11757",
)
