"""Whether networks are compiled here; a sentence where not."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

import torch

from ....machine import memory
from ....spinning import waits_briefly

SHARE = 16  # of the memory one part, which the weights may take: a compiled network holds them a second time
LEAST = 2_000_000_000  # bytes of memory; below it OpenVINO's own are left to the pages
UNKNOWN = 4_000_000_000  # bytes of memory where the system does not tell


def why_not_here(x: torch.Tensor, weights: int) -> str:
    """Why a network with so many bytes of weights is not compiled for inputs like `x`, in a sentence; "" if
    it is."""
    if os.environ.get("XAI_OPENVINO") == "0":
        return "XAI_OPENVINO=0 switches it off."
    if x.device.type != "cpu":
        return f"It runs on a CPU, and the network is on {x.device.type}."
    if x.dtype != torch.float32:
        return f"It computes in float32, and the network in {str(x.dtype).removeprefix('torch.')}."
    known = memory() or UNKNOWN
    if known < LEAST:
        return (
            f"This machine has {known / 1e9:.1f} GB of memory; "
            f"from {LEAST / 1e9:.0f} GB on networks are compiled."
        )
    largest = known // SHARE
    if weights > largest:
        return (
            f"It would hold the network's {weights / 1e6:.0f} MB of weights a second time; "
            f"this machine has memory for {largest / 1e6:.0f} MB."
        )
    if find_spec("openvino") is None:
        return "OpenVINO is not installed; scored pictures would take about 0.75 of the time with it."
    if sys.platform != "linux":
        return "It was measured on Linux alone."
    if not waits_briefly():
        return (
            "OpenMP's threads wait busily and take the processors from it; "
            "import xai_core before torch, or set GOMP_SPINCOUNT=1000."
        )
    return ""
