"""Three engines under the scorer beside each other: PyTorch, OpenVINO and ONNX Runtime.

    pip install onnx onnxruntime onnxscript
    python -m tests.benchmarks.engines [--networks efficientnet_lite0,resnet50,vgg16,vit_tiny] [--rounds 5]

Prints for each network and batch the pictures a second of each (the best round of several, in turn), the
largest difference of the logits from PyTorch's as a share of the largest, and the seconds until the engine
could be asked. All run the same folded network in float32 on as many threads as PyTorch."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from xai_core.scoring.incremental import engine_of

from .networks import load

Run = Callable[[torch.Tensor], torch.Tensor]
BATCHES = (1, 6, 16, 32)


def through_openvino(scorer: nn.Module, x: torch.Tensor) -> Run:
    """The program that the app uses."""
    compiled = engine_of(scorer, x).compiled
    if compiled.programs is None:
        raise SystemExit(f"OpenVINO does not run this network: {compiled.reason}")
    return compiled.programs.whole


def through_onnx(scorer: nn.Module, x: torch.Tensor) -> Run:
    """ONNX Runtime on the network as PyTorch exports it, for any number of pictures."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        shapes = ({0: torch.export.Dim("pictures", min=1, max=64)},)
        two = x.expand(2, -1, -1, -1).contiguous()  # one picture would be taken for a constant
        torch.onnx.export(scorer, (two,), file, dynamo=True, dynamic_shapes=shapes, verbose=False)
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(pictures: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(session.run(None, {name: pictures.contiguous().numpy()})[0])

    return run


def measure(key: str, rounds: int) -> list[dict[str, float | str]]:
    """The rows of one network."""
    handle = load(key)
    with handle.session(), torch.inference_mode():
        scorer, blank = handle.scorer, handle.blank()
        runs: dict[str, Run] = {"PyTorch": scorer}
        made = {"PyTorch": 0.0}
        for name, make in (("OpenVINO", through_openvino), ("ONNX Runtime", through_onnx)):
            start = time.perf_counter()
            runs[name] = make(scorer, blank)
            made[name] = time.perf_counter() - start
        return [row for batch in BATCHES for row in _rows(key, batch, blank, runs, made, rounds)]


def _rows(
    key: str, batch: int, blank: torch.Tensor, runs: dict[str, Run], made: dict[str, float], rounds: int
) -> list[dict[str, float | str]]:
    noise = torch.randn((batch, *blank.shape[1:]), generator=torch.Generator().manual_seed(0))
    noise = noise.contiguous(memory_format=torch.channels_last)
    truth = runs["PyTorch"](noise)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            for _ in range(max(1, 32 // batch)):
                run(noise)
            seconds[name].append((time.perf_counter() - start) / max(1, 32 // batch))
    apart = {name: float((run(noise) - truth).abs().max() / truth.abs().max()) for name, run in runs.items()}
    return [
        {
            "network": key,
            "batch": batch,
            "engine": name,
            "pictures a second": batch / min(seconds[name]),
            "difference": apart[name],
            "seconds to make": made[name],
        }
        for name in runs
    ]


def main() -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.engines", description=__doc__.splitlines()[0])
    parser.add_argument("--networks", default="efficientnet_lite0,resnet50,vgg16,vit_tiny")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for key in options.networks.split(","):
        for row in measure(key, options.rounds):
            told = [f"{value:.3g}" if isinstance(value, float) else str(value) for value in row.values()]
            print(" | ".join(told), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
