"""The recorded steps of a network as a program of OpenVINO's, from its input or one result to its logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils._pytree import tree_map

from ..steps import Count, Ref, Step

if TYPE_CHECKING:
    from ..network import Incremental


class NotTranslatable(Exception):
    """An operation, or a way of calling it, that has no translation."""


KEPT = 3  # programs of a network that begin behind its input; each holds its weights once more
SETTINGS: dict[str, Any] = {
    "INFERENCE_PRECISION_HINT": "f32",
    "PERFORMANCE_HINT": "LATENCY",
    "ENABLE_CPU_PINNING": False,  # several processes of one machine would take the same processors
}


class Program:
    """The steps of `network` behind result `number` (0: its input), which is (N, C, h, w) and the only one
    that they use. Raises NotTranslatable where one of them has no translation."""

    def __init__(self, network: Incremental, number: int = 0, first: int = 0):
        import openvino
        from openvino import opset15 as op

        self.whole = number == 0  # from the network's input
        _, channels, height, width = network.sizes[number]
        given = op.parameter([-1, height, width, channels], np.float32)  # as maps lie in memory
        values: dict[int, Any] = {number: op.transpose(given, op.constant(np.array([0, 3, 1, 2])))}
        pictures = op.gather(op.shape_of(given), op.constant(np.array([0])), op.constant(np.int64(0)))
        for step in network.steps[first:]:
            try:
                values |= _translated(step, values, pictures)
            except (TypeError, ValueError, KeyError, RuntimeError) as error:
                raise NotTranslatable(step.name) from error
        model = openvino.Model([op.result(values[network.end])], [given])
        threads = {"INFERENCE_NUM_THREADS": torch.get_num_threads()}
        self._request = openvino.Core().compile_model(model, "CPU", SETTINGS | threads).create_infer_request()
        self._tensor = openvino.Tensor

    def __call__(self, maps: torch.Tensor) -> torch.Tensor:
        """(N, K) logits for the result's maps (N, C, h, w)."""
        last = maps.permute(0, 2, 3, 1).contiguous()  # kept until the program has read it
        self._request.set_input_tensor(self._tensor(last.numpy(), shared_memory=True))
        self._request.infer()
        return torch.from_numpy(self._request.get_output_tensor().data.copy())


def _translated(step: Step, values: dict[int, Any], pictures: Any) -> dict[int, Any]:
    """What a step computes, as nodes by number; `pictures` is the node of the number of pictures."""
    from .nodes import Pictures
    from .operations import OPERATIONS

    if step.name not in OPERATIONS:
        raise NotTranslatable(step.name)

    def value(leaf: Any) -> Any:
        if isinstance(leaf, Count):
            return Pictures(pictures, leaf.times)
        return values[leaf.number] if isinstance(leaf, Ref) else leaf

    args, kwargs = tree_map(
        value, (step.args, step.kwargs), is_leaf=lambda leaf: isinstance(leaf, (Ref, Count))
    )
    found = OPERATIONS[step.name](*args, **kwargs)
    return dict(zip(step.outs, found if isinstance(found, list) else [found], strict=True))


class Programs:
    """The programs of one network: the whole, and those that begin at a later result, made when they are
    asked for; the last few of these are kept. Raises NotTranslatable if the whole has no translation."""

    def __init__(self, network: Incremental):
        self._network, self._later = network, dict[int, Program]()
        self.whole = Program(network)

    def behind(self, place: int, number: int) -> Program:
        """The program of all steps behind step `place`, which use result `number` alone."""
        found = self._later.pop(place, None) or Program(self._network, number, place + 1)
        self._later[place] = found  # the last one is the newest
        while len(self._later) > KEPT:
            del self._later[next(iter(self._later))]
        return found
