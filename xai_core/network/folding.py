"""Fold batch norm into the convolution before it, for a copy of a network that computes the same, faster.

    BN(W * x + b) = (g W) * x + g (b - mean) + beta,   g = gamma / sqrt(var + eps)

The copy is called the folded network. Its weights lie in channels-last memory. A pair is found by running the
network once: a batch norm is folded if its input is the very tensor that a convolution returned, so this
works for any module, whether it can be traced or not. Convolutions with "same" padding (timm's Conv2dSame)
copy their input to pad it; in the folded network they pad by themselves, for the model's input size. The
logits of both networks are compared when the copy is made; if they differ, the network itself is used.

A folded convolution returns what its batch norm returned in the network. Every other module returns what it
returns in the network, so one forward pass of the folded network also serves to capture those."""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass, field

import torch
from torch import nn

from .observe import observe

TOLERANCE = 1e-5


@dataclass(frozen=True)
class Folding:
    """The facts about a folded network; it leads to no weights.

    `pairs`: how many batch norms were folded; 0 means that the network itself is used. `megabytes`: the
    memory of the weights that it does not share with the network. `error`: the largest difference of the two
    networks' logits, as a share of the largest logit. `reason`: why the network itself is used although it
    has such pairs, in a sentence, or ""."""

    pairs: int = 0
    megabytes: float = 0.0
    error: float = 0.0
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Folded:
    """A folded network `net` and the facts about it.

    `same` names the modules whose output is the network's own, `behind` those that end when no convolution
    follows any more."""

    net: nn.Module
    facts: Folding = field(default_factory=Folding)
    same: frozenset[str] = frozenset()
    behind: frozenset[str] = frozenset()


def fold(net: nn.Module, x: torch.Tensor) -> Folded:
    """The folded network of `net`, for inputs like `x` (N, 3, H, W). `net` stays as it is.

    `net` itself is returned if it has no pair to fold, since a second copy of its weights would gain nothing,
    and if the logits of the copy differ by more than TOLERANCE; the log then holds a warning."""
    seen = _observed(net, x)
    every = frozenset(key for key, _ in net.named_modules())
    if not seen.pairs:
        return Folded(net, same=every, behind=seen.behind)
    shared = {id(p): nn.Parameter(p.data, requires_grad=False) for p in net.parameters() if p.ndim != 4}
    folded = copy.deepcopy(net, shared)  # neither folding nor the memory format changes the shared ones
    for conv_key, norm_key in seen.pairs:
        _fold_pair(folded, conv_key, norm_key)
    for key, (conv, size) in _same_padded(folded, x).items():
        folded.set_submodule(key, _padding_by_itself(conv, size))
    # PyTorch documents `memory_format`; its types leave it out
    folded.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    folded.eval().requires_grad_(False)
    with torch.no_grad():
        before, after = net(x), folded(x)
    error = float((before - after).abs().max() / before.abs().max().clamp(min=1))
    if not error <= TOLERANCE:
        reason = f"Folding changed the logits by {error:.2g} of their size, more than {TOLERANCE}."
        logging.getLogger(__name__).warning("%s The network itself is used.", reason)
        return Folded(net, Folding(reason=reason), every, seen.behind)
    same = frozenset(key for key, _ in folded.named_modules()) - seen.raw
    return Folded(folded, Folding(len(seen.pairs), _megabytes(folded, net), error), same, seen.behind)


def _megabytes(folded: nn.Module, net: nn.Module) -> float:
    """The megabytes of the folded network's tensors that are not the network's own."""
    shared = {tensor.data_ptr() for tensor in (*net.parameters(), *net.buffers())}
    held = (t for t in (*folded.parameters(), *folded.buffers()) if t.data_ptr() not in shared)
    return sum(tensor.numel() * tensor.element_size() for tensor in held) / 1e6


@dataclass
class _Observed:
    """What one forward pass showed.

    `pairs`: (convolution, batch norm) keys, where the norm's input is the convolution's output and both are
    called exactly once. `raw`: the modules that return the output of such a convolution unchanged. `behind`:
    the modules that end after the last convolution."""

    pairs: list[tuple[str, str]]
    raw: set[str]
    behind: frozenset[str]


def _observed(net: nn.Module, x: torch.Tensor) -> _Observed:
    produced: dict[int, tuple[str, torch.Tensor]] = {}  # id of a convolution's output -> its key, the output
    returned: list[tuple[str, str]] = []  # (module, the convolution whose output it returned)
    pairs: list[tuple[str, str]] = []
    calls: dict[str, int] = {}
    behind: list[str] = []

    def note(key: str, module: nn.Module, inputs: tuple, output: object) -> None:
        calls[key] = calls.get(key, 0) + 1
        if isinstance(module, nn.Conv2d) and isinstance(output, torch.Tensor):
            produced[id(output)] = (key, output)  # keeps the tensor alive, so that its id stays its own
            behind.clear()
        elif _can_be_folded(module) and id(inputs[0]) in produced:
            pairs.append((produced[id(inputs[0])][0], key))
        if id(output) in produced:
            returned.append((key, produced[id(output)][0]))
        behind.append(key)

    observe(net, x, [key for key, _ in net.named_modules()], leave=note)
    pairs = [(conv, norm) for conv, norm in pairs if calls[conv] == calls[norm] == 1]
    convolutions = {conv for conv, _ in pairs}
    return _Observed(pairs, {key for key, conv in returned if conv in convolutions}, frozenset(behind))


def _can_be_folded(module: nn.Module) -> bool:
    """A batch norm with stored statistics and an affine transform."""
    return (
        isinstance(module, nn.BatchNorm2d) and module.running_mean is not None and module.weight is not None
    )


def _fold_pair(net: nn.Module, conv_key: str, norm_key: str) -> None:
    """Fold one batch norm into its convolution, in place. Computed in float64 on the CPU, since Apple's GPU
    has no float64."""
    conv, norm = net.get_submodule(conv_key), net.get_submodule(norm_key)
    assert isinstance(conv, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    values = (conv.weight, norm.weight, norm.bias, norm.running_mean, norm.running_var)
    weight, gamma, beta, mean, variance = (tensor.cpu().double() for tensor in values)
    gain = gamma / torch.sqrt(variance + norm.eps)
    bias = conv.bias.cpu().double() if conv.bias is not None else torch.zeros_like(mean)
    shift = beta + gain * (bias - mean)
    like = conv.weight
    conv.weight = nn.Parameter((weight * gain.view(-1, 1, 1, 1)).to(like))
    conv.bias = nn.Parameter(shift.to(like))
    net.set_submodule(norm_key, _activation_of(norm))


def _activation_of(norm: nn.Module) -> nn.Module:
    """What a batch norm does besides normalising: nothing, or its own activation (timm's BatchNormAct2d)."""
    activation = getattr(norm, "act", None)
    return activation if activation is not None else nn.Identity()


def _same_padded(net: nn.Module, x: torch.Tensor) -> dict[str, tuple[nn.Conv2d, tuple[int, int]]]:
    """All convolutions with "same" padding that get inputs of one size (H, W) only: key -> the convolution
    and that size."""
    from timm.layers.conv2d_same import Conv2dSame  # imported here because only timm's own networks need it

    sizes: dict[str, set[tuple[int, int]]] = {}

    def note(key: str, _module: nn.Module, inputs: tuple, _output: object) -> None:
        h, w = inputs[0].shape[-2:]
        sizes.setdefault(key, set()).add((h, w))

    padded = {key: module for key, module in net.named_modules() if type(module) is Conv2dSame}
    observe(net, x, padded, leave=note)
    return {key: (padded[key], next(iter(found))) for key, found in sizes.items() if len(found) == 1}


def _padding_by_itself(conv: nn.Conv2d, size: tuple[int, int]) -> nn.Conv2d:
    """A convolution that gives the same sums for inputs (H, W) without a padded copy of them.

    "Same" padding adds an odd pixel at the end. Here both sides are padded by the larger half, and the kernel
    gets a leading zero where that is one pixel too many. Dilated convolutions are returned as they are."""
    if conv.dilation != (1, 1):
        return conv
    (h, w), (kernel_h, kernel_w), (stride_h, stride_w) = size, conv.kernel_size, conv.stride
    total_h, total_w = _same_padding(h, kernel_h, stride_h), _same_padding(w, kernel_w, stride_w)
    odd_h, odd_w = total_h % 2, total_w % 2
    made = nn.Conv2d(
        conv.in_channels,
        conv.out_channels,
        (kernel_h + odd_h, kernel_w + odd_w),
        (stride_h, stride_w),
        ((total_h + 1) // 2, (total_w + 1) // 2),
        groups=conv.groups,
        bias=conv.bias is not None,
    )
    made.weight = nn.Parameter(nn.functional.pad(conv.weight, (odd_w, 0, odd_h, 0)))
    made.bias = conv.bias
    return made


def _same_padding(n: int, kernel: int, stride: int) -> int:
    """How many pixels of padding give ceil(n / stride) outputs."""
    return max((-(-n // stride) - 1) * stride + kernel - n, 0)


class Autocast(nn.Module):
    """A network that runs in a lower precision (autocast): faster on GPUs; about two digits of its logits are
    right."""

    def __init__(self, net: nn.Module, precision: torch.dtype):
        super().__init__()
        self.net, self._precision = net, precision

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """float32 logits."""
        with torch.autocast(x.device.type, self._precision):
            return self.net(x).float()
