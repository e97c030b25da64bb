"""In which precision a CUDA device multiplies float32 numbers.

PyTorch lets cuDNN's convolutions round their inputs to 10 bits of mantissa (TF32) unless it is told not to.
Logits then differ in their third or fourth digit, a folded network no longer has the network's own logits to
1e-5, and a map differs from the same map on a processor. cuDNN may also choose kernels that add in another
order each time.
"""

from typing import Any

import torch

IEEE, TF32 = "ieee", "tf32"


def settle(device: torch.device) -> None:
    """Before a network is put on `device`: on a CUDA device, all bits of float32 and the same order of
    additions in every run, for the whole process. Nothing changes for another device."""
    if device.type == "cuda":
        multiply(IEEE)
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False


def multiply(precision: str) -> None:
    """Set what CUDA devices do with float32 from now on, in the whole process: IEEE or TF32."""
    backends: Any = torch.backends  # its types do not know these settings
    for kind in (backends.cudnn.conv, backends.cudnn.rnn, backends.cuda.matmul):
        kind.fp32_precision = precision
