"""What the measures of the pages mean: formula, how to read it, paper."""

from __future__ import annotations

from dataclasses import dataclass

from xai_core.attacks import AttackSpec
from xai_core.methods import MethodSpec
from xai_core.metrics.qualities import Quality


@dataclass(frozen=True)
class Measure:
    """As a method or an attack describes itself."""

    label: str
    formula: str
    reading: str
    paper: str
    url: str


Spec = MethodSpec | AttackSpec | Quality | Measure  # what describes itself for "What am I looking at?"

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
ACCURACY = Measure(
    "Right and wrong",
    r"\mathrm{top}\text{-}k=\frac1n\sum_i\bigl[y_i\in\mathrm{best}_k(x_i)\bigr]",
    "A picture is right where the most probable class is a right one; the range behind a share is Wilson's "
    "95 % interval. Of a wrong answer there are two maps: what speaks for the answer given, and what spoke "
    "for the true class. Concentration is the share of a map's sum in its highest tenth, offset the distance "
    "of its centre of mass from the picture's centre (1 is a corner), edge the share of its sum in the outer "
    "tenth of each side.",
    "Selvaraju et al., Grad-CAM, ICCV 2017, section 6.1: analysing failure modes",
    "https://arxiv.org/abs/1610.02391",
)
LOCALIZATION = Measure(
    "Localization and pointing",
    r"\mathrm{IoU}=\frac{|B\cap G|}{|B\cup G|},\quad \mathrm{energy}=\frac{\sum_{p\in G}M^+_p}{\sum_p M^+_p}",
    "The map is cut at a share of its maximum; the box around the largest piece that is left counts as found "
    "where it overlaps the true one by half (IoU). Pointing asks only whether the maximum lies in the box or "
    "near it; energy, how much of the map's sum does. A map that has not looked is always beside the others: "
    "a bump in the middle, and noise.",
    "Zhou et al., CVPR 2016; Zhang et al., IJCV 2018; Wang et al., Score-CAM, 2020",
    "https://arxiv.org/abs/1512.04150",
)
CONCEPTS = Measure(
    "Naming units",
    r"\mathrm{WPMI}(k,t)=\sum_{x\in B_k}p_k(x)\log p(t\mid x)-\lambda\log p(t\mid B_k)",
    "A unit is named by the pictures that it answers to most. ConSE, which is built in, describes a picture "
    "by the class names that EfficientNet-Lite0 gives it: it knows things, but colours and textures barely. "
    "Network Dissection names those, and the shapes of drawn pictures, by overlap with pixel masks. A unit "
    "counts as interpretable where it is named better than ninety-nine in a hundred units whose answers were "
    "shuffled; by masks, from an overlap (IoU) of 0.04 on.",
    "Oikarinen and Weng, CLIP-Dissect, ICLR 2023; Bau et al., Network Dissection, CVPR 2017",
    "https://arxiv.org/abs/2204.10965",
)
CONCEPT_MAPS = Measure(
    "Concept maps",
    r"A\approx UW,\;U,W\ge 0;\qquad S_k=\frac{E[\mathrm{Var}(f\mid m_{\setminus k})]}{\mathrm{Var}(f)}",
    "Channels that are active together are a concept: the activations of crops (CRAFT), or of all places "
    "(DFF), are factorized into a few non-negative directions. Importance is the share of the logit's "
    "variance in which a concept takes part while the concepts of this picture are faded at random. The "
    "control shuffles each channel, so that nothing goes together. A concept has no name: look at its crops. "
    "A concept that random starts do not find again is one of several ways to divide the same thing.",
    "Fel et al., CRAFT, CVPR 2023; Collins et al., Deep Feature Factorization, ECCV 2018",
    "https://arxiv.org/abs/2211.10154",
)
TCAV = Measure(
    "Testing a concept (TCAV)",
    r"\mathrm{TCAV}=\frac{1}{N}\,\bigl|\{x:\nabla_{A}\,s(x)\cdot v_C>0\}\bigr|",
    "The direction of a concept in a layer is that of a linear classifier between pictures of it and random "
    "pictures. The score is the share of pictures (crops of this one) in which the class's logit rises in "
    "that direction. Directions between random sets score high or low too, so a score alone shows nothing: a "
    "concept must differ from 40 random sets (t-test over sets, corrected). The published test compares "
    "single runs, which are not independent, and finds random sets significant two to five times too often.",
    "Kim et al., TCAV, ICML 2018",
    "https://arxiv.org/abs/1711.11279",
)
HEADS = Measure(
    "Attention heads as units",
    r"M_k(j)=\frac{1}{|Q|}\sum_{q\in Q}A_k(q,j)\,\lVert v_k(j)\rVert,\qquad O_k=A_kV_k",
    "A head looks at the places from which it moves much: its attention weight times the length of what it "
    "moves, averaged over the tokens Q that the answer reads (the class token, or all patches). That is its "
    "map, and its answer to a picture is the mean over the map. Switched off, it adds nothing to any token. "
    "Where a head looks does not say what it makes of what it finds there. Heads are counted from 0; the "
    "method Raw attention counts from 1.",
    "Kobayashi et al., Attention is Not Only a Weight, EMNLP 2020",
    "https://arxiv.org/abs/2004.10102",
)
CLEVER_HANS = Measure(
    "Clever Hans",
    r"\Delta_{\mathrm{out}}=m(x)-m(x\setminus R),\quad \Delta_{\mathrm{paste}}=m(x'\oplus R)-m(x')",
    "The maps of a class are clustered (SpRAy). Where the maps of a cluster lie and those of the rest do "
    "not is its region R. It is taken out of pictures of the cluster and pasted into pictures of other "
    "classes; m is the margin of the class. Each change has a control of the same size: another place, "
    "another region of the same picture, and what ordinary pictures of the class show best. A cluster is "
    "a shortcut only where all three controls are beaten, after Holm's correction over all clusters.",
    "Lapuschkin et al., Unmasking Clever Hans predictors, Nature Communications 2019",
    "https://arxiv.org/abs/1902.10178",
)
SEEDS = Measure(
    "Seed stability",
    r"\frac{2}{k(k-1)}\sum_{i<j}\rho_{\mathrm{rank}}(M_i,M_j)",
    "The same request with other random numbers. What differs between the maps is chance.",
    "Visani et al., Statistical stability indices for LIME, 2020",
    "https://arxiv.org/abs/2001.11757",
)
