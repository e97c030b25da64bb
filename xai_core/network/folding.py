"""A twin of a network that only scores: batch norm folded into the convolution before it, channels-last
memory.

    BN(W * x + b) = (g W) * x + g (b - mean) + beta,   g = gamma / sqrt(var + eps)

The pairs are found by running the network once and looking which batch norm is given the very tensor that a
convolution returned, so it works for any module, traceable or not. Convolutions that copy their input to pad
it ("same" padding at stride 2) get a padding of their own, for the size that the model takes. The twin's
logits are compared with the original's when it is built; where they differ, the original scores.

Between a folded convolution and its batch norm the twin holds what the original does not; everywhere else
their activations are the same, so one forward pass of the twin serves whoever looks inside.
"""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass, field

import torch
from torch import nn

from .observe import observe

TOLERANCE = 1e-5


@dataclass(frozen=True, eq=False)
class Folded:
    """The network that scores, how many pairs were folded in it, the megabytes that it holds beside the
    original, and its check: the largest difference to the original's logits, as a share of the largest of
    them. `same` names the modules whose output is the original's, `behind` those with no convolution after
    them. `reason` says why there is no twin where there should be one."""

    net: nn.Module
    folded: int = 0
    megabytes: float = 0.0
    error: float = 0.0
    same: frozenset[str] = frozenset()
    behind: frozenset[str] = frozenset()
    reason: str = ""


def folded(net: nn.Module, x: torch.Tensor) -> Folded:
    """A copy of `net` with every conv + batch-norm pair folded, in channels-last memory.

    A network without such a pair is returned as it is: there is nothing to gain that is worth its memory
    twice. So is one that would score otherwise, with a warning in the log."""
    seen = _look(net, x)
    every = frozenset(key for key, _ in net.named_modules())
    if not seen.pairs:
        return Folded(net, same=every, behind=seen.behind)
    own = {id(p): nn.Parameter(p.data, requires_grad=False) for p in net.parameters() if p.ndim != 4}
    twin = copy.deepcopy(net, own)  # which shares what folding and the memory format leave alone
    for conv_key, norm_key in seen.pairs:
        _fold(twin, conv_key, norm_key)
    for key, size in _same_padded(twin, x).items():
        twin.set_submodule(key, _padding_inside(twin.get_submodule(key), size))
    twin = twin.to(memory_format=torch.channels_last).eval().requires_grad_(False)
    with torch.no_grad():
        before, after = net(x), twin(x)
    error = float((before - after).abs().max() / before.abs().max().clamp(min=1))
    if not error <= TOLERANCE:
        reason = f"Folding changed the logits by {error:.2g} of their size, more than {TOLERANCE}."
        logging.getLogger(__name__).warning("%s The network itself is used.", reason)
        return Folded(net, same=every, behind=seen.behind, reason=reason)
    return Folded(
        twin,
        len(seen.pairs),
        _megabytes(twin, net),
        error,
        frozenset(key for key, _ in twin.named_modules()) - seen.raw,
        seen.behind,
    )


def _megabytes(twin: nn.Module, net: nn.Module) -> float:
    """Of the twin's parameters and buffers that are not the original's."""
    theirs = {tensor.data_ptr() for tensor in (*net.parameters(), *net.buffers())}
    held = (tensor for tensor in (*twin.parameters(), *twin.buffers()) if tensor.data_ptr() not in theirs)
    return sum(tensor.numel() * tensor.element_size() for tensor in held) / 1e6


@dataclass
class _Seen:
    """Of one forward pass: keys (conv, norm) of each batch norm whose input is a convolution's output, both
    called exactly once; the modules that return such an output as it is; those that end behind the last
    convolution."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    raw: set[str] = field(default_factory=set)
    behind: frozenset[str] = frozenset()


def _look(net: nn.Module, x: torch.Tensor) -> _Seen:
    produced: dict[int, tuple[str, torch.Tensor]] = {}
    returned: list[tuple[str, str]] = []  # (module, the convolution whose output it returned)
    pairs: list[tuple[str, str]] = []
    calls: dict[str, int] = {}
    behind: list[str] = []

    def note(key: str, module: nn.Module, inputs: tuple, output: object) -> None:
        calls[key] = calls.get(key, 0) + 1
        if isinstance(module, nn.Conv2d):
            produced[id(output)] = (key, output)  # the tensor is kept alive, so its id stays its own
            behind.clear()
        elif _folds(module) and id(inputs[0]) in produced:
            pairs.append((produced[id(inputs[0])][0], key))
        if id(output) in produced:
            returned.append((key, produced[id(output)][0]))
        behind.append(key)

    observe(net, x, [key for key, _ in net.named_modules()], leave=note)
    pairs = [(conv, norm) for conv, norm in pairs if calls[conv] == calls[norm] == 1]
    folded = {conv for conv, _ in pairs}
    return _Seen(pairs, {key for key, conv in returned if conv in folded}, frozenset(behind))


def _folds(module: nn.Module) -> bool:
    return (
        isinstance(module, nn.BatchNorm2d) and module.running_mean is not None and module.weight is not None
    )


def _fold(net: nn.Module, conv_key: str, norm_key: str) -> None:
    conv, norm = net.get_submodule(conv_key), net.get_submodule(norm_key)
    gain = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
    bias = conv.bias.double() if conv.bias is not None else 0.0
    shift = norm.bias.double() + gain * (bias - norm.running_mean.double())
    dtype = conv.weight.dtype
    conv.weight = nn.Parameter((conv.weight.double() * gain.view(-1, 1, 1, 1)).to(dtype))
    conv.bias = nn.Parameter(shift.to(dtype))
    net.set_submodule(norm_key, _what_follows(norm))


def _what_follows(norm: nn.Module) -> nn.Module:
    """What a batch norm does besides normalising: nothing, or its own activation (timm's BatchNormAct2d)."""
    activation = getattr(norm, "act", None)
    return activation if activation is not None else nn.Identity()


def _same_padded(net: nn.Module, x: torch.Tensor) -> dict[str, tuple[int, int]]:
    """The input sizes (H, W) of all convolutions with "same" padding that see one size only."""
    from timm.layers import Conv2dSame  # late: only its own networks have such convolutions

    sizes: dict[str, set[tuple[int, int]]] = {}

    def note(key: str, _module: nn.Module, inputs: tuple, _output: torch.Tensor) -> None:
        sizes.setdefault(key, set()).add(tuple(inputs[0].shape[-2:]))

    observe(net, x, [key for key, module in net.named_modules() if type(module) is Conv2dSame], leave=note)
    return {key: next(iter(found)) for key, found in sizes.items() if len(found) == 1}


def _padding_inside(conv: nn.Conv2d, size: tuple[int, int]) -> nn.Conv2d:
    """The same convolution without a padded copy of its input.

    "Same" padding puts the odd pixel behind the picture. Padding both sides by the larger half and a leading
    zero in the kernel give the same sums."""
    before, after = [], []
    for n, k, s, d in zip(size, conv.kernel_size, conv.stride, conv.dilation, strict=True):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        before.append(total // 2)
        after.append(total - total // 2)
    if conv.dilation != (1, 1):
        return conv
    odd = [b - a for a, b in zip(before, after, strict=True)]
    made = nn.Conv2d(
        conv.in_channels,
        conv.out_channels,
        tuple(k + o for k, o in zip(conv.kernel_size, odd, strict=True)),
        conv.stride,
        tuple(after),
        groups=conv.groups,
        bias=conv.bias is not None,
    )
    made.weight = nn.Parameter(nn.functional.pad(conv.weight, (odd[1], 0, odd[0], 0)))
    made.bias = conv.bias
    return made


class Autocast(nn.Module):
    """A scorer under autocast: faster on GPUs, and about two digits of its logits are right."""

    def __init__(self, net: nn.Module, precision: torch.dtype):
        super().__init__()
        self.net, self._precision = net, precision

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.autocast(x.device.type, self._precision):
            return self.net(x).float()
