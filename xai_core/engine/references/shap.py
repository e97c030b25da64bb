"""shap's explainers over the same superpixels, or over the same halves of the picture."""

from __future__ import annotations

import numpy as np
import torch

from .case import Case, Compute, Found


def _kernel_shap(case: Case) -> Found:
    """KernelExplainer, with its own sampling."""
    import shap

    count = int(case.e.facts["superpixels"])

    def values(rows: np.ndarray) -> np.ndarray:
        return case.scores(torch.from_numpy(np.asarray(rows) > 0.5)).numpy()

    explainer = shap.KernelExplainer(values, np.zeros((1, count)))
    found = explainer.shap_values(
        np.ones((1, count)), nsamples=int(case.e.facts["samples"]), l1_reg=False, silent=True
    )
    note = "shap draws its own coalitions, so the two differ by the sampling error of both."
    return np.asarray(found).reshape(-1)[case.e.segments], note


def _partition_shap(case: Case) -> Found:
    """PartitionExplainer, which cuts the same regions in the same order."""
    import shap

    x, hidden = case.x, case.baseline()

    def values(pictures: np.ndarray) -> np.ndarray:
        batch = torch.from_numpy(np.asarray(pictures)).permute(0, 3, 1, 2).to(x)
        with torch.no_grad():
            return case.forward(batch).cpu().double().numpy()

    picture = x.permute(0, 2, 3, 1).cpu().numpy()
    masker = shap.maskers.Image(hidden[0].permute(1, 2, 0).cpu().numpy(), picture.shape[1:])
    samples = case.e.params["samples"]
    found = shap.PartitionExplainer(values, masker)(picture, max_evals=samples, batch_size=10, silent=True)
    note = (
        "Which region is cut next follows from scores; where two are equal but for rounding, maps may part."
    )
    return np.asarray(found.values)[0].sum(-1), note


TABLE: dict[str, Compute] = {"kernel_shap": _kernel_shap, "partition_shap": _partition_shap}
