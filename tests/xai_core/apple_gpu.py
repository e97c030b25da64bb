"""A stand-in for Apple's GPU (device "mps") on any machine: what it refuses is refused, the rest is computed.

    with apple_gpu():
        handle = xai.load_model("efficientnet_lite0")     # on the device "mps:0"

A tensor of the device lies in the memory of the CPU; its class says that it is on the device. Inside the
block every call of torch is checked. As on the device, it is refused if a tensor on the device would be
float64, or if such a tensor meets one elsewhere, is given to NumPy, or is pooled to a size that does not
divide its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import mock

import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_map

DEVICE = torch.device("mps", 0)
CPU = torch.device("cpu")
DOUBLE = (torch.float64, torch.complex128)
NO_FLOAT64 = (
    "Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support float64. Please use "
    "float32 instead."
)
TWO_DEVICES = "Expected all tensors to be on the same device, but found at least two devices, mps:0 and cpu!"
NO_NUMPY = "can't convert mps:0 device type tensor to numpy."
NO_POOL = "Adaptive pool MPS: input sizes must be divisible by output sizes."
# a copy may come from anywhere, and an index may lie on the CPU
MEETING = (torch.Tensor.copy_, torch.Tensor.__getitem__, torch.Tensor.__setitem__, torch.Tensor.set_)
TO_NUMPY = (torch.Tensor.numpy, torch.Tensor.__array__)
HOME = (torch.Tensor.cpu, torch.Tensor.tolist, torch.Tensor.item)


class OnApple(torch.Tensor):
    """A tensor on the device."""

    __torch_function__ = torch._C._disabled_torch_function_impl

    @property
    def device(self) -> torch.device:
        return DEVICE


def there(value: object) -> bool:
    """Whether this is the device."""
    return isinstance(value, (str, torch.device)) and torch.device(value).type == "mps"


def put(value: object) -> object:
    """A tensor as one on the device."""
    if not isinstance(value, torch.Tensor):
        return value
    if value.dtype in DOUBLE:
        raise TypeError(NO_FLOAT64)
    return value if isinstance(value, OnApple) else value.as_subclass(OnApple)


class _Looking(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func is torch._C._nn._parse_to:  # reads the arguments of Module.to
            return func(*args, **kwargs)
        if func is torch.Tensor.to:
            return _moved(*args, **kwargs)
        if func is torch._has_compatible_shallow_copy_type:  # whether a module may keep its parameter
            return type(_plain(args[0])) is type(_plain(args[1])) and len({t.device for t in args}) == 1
        if func is torch.Tensor.__deepcopy__ and isinstance(args[0], OnApple):
            return _copied(*args)
        tensors = [leaf for leaf in tree_flatten((args, kwargs))[0] if isinstance(leaf, torch.Tensor)]
        ours = any(isinstance(tensor, OnApple) for tensor in tensors)
        if there(kwargs.get("device")):
            kwargs["device"], ours = CPU, True
        elif func in HOME:
            return _plain(func(*args, **kwargs))
        elif ours:
            _refuse(func, args, tensors)
        found = func(*args, **kwargs)
        return tree_map(put, found) if ours else found


def _refuse(func: object, args: tuple, tensors: list[torch.Tensor]) -> None:
    if func in TO_NUMPY:
        raise TypeError(NO_NUMPY)
    elsewhere = [tensor for tensor in tensors if not isinstance(tensor, OnApple) and tensor.ndim > 0]
    if elsewhere and func not in MEETING:
        raise RuntimeError(TWO_DEVICES)
    if func is F.adaptive_avg_pool2d:
        wanted = (args[1],) * 2 if isinstance(args[1], int) else args[1]
        if any(size % (one or size) for size, one in zip(args[0].shape[-2:], wanted, strict=True)):
            raise RuntimeError(NO_POOL)


def _plain(found: object) -> object:
    return found.as_subclass(torch.Tensor) if isinstance(found, OnApple) else found


def _copied(tensor: torch.Tensor, memo: dict) -> torch.Tensor:
    if id(tensor) not in memo:
        made = put(_plain(tensor).detach().clone())
        if isinstance(tensor, torch.nn.Parameter):
            made._is_param = True
        memo[id(tensor)] = made.requires_grad_(tensor.requires_grad)
    return memo[id(tensor)]


def _moved(tensor: torch.Tensor, *args: object, **kwargs: object) -> torch.Tensor:
    """`tensor.to(...)`, in any of its forms."""
    kwargs = dict(kwargs)
    others = [value for value in (*args, kwargs.pop("other", None)) if isinstance(value, torch.Tensor)]
    for value in args:
        if isinstance(value, torch.dtype):
            kwargs["dtype"] = value
        elif isinstance(value, (str, torch.device)):
            kwargs["device"] = value
    for other in others:
        kwargs |= {"dtype": other.dtype, "device": other.device}
    device = kwargs.pop("device", None)
    if kwargs.get("dtype", 0) is None:
        del kwargs["dtype"]
    stays = isinstance(tensor, OnApple)
    goes = stays if device is None else there(device)
    if goes != stays:
        kwargs["copy"] = True
    found = _plain(tensor).to(CPU, **kwargs)
    return put(found) if goes else found


@contextlib.contextmanager
def apple_gpu() -> Iterator[None]:
    """For the length of the block this machine has the device, and no CUDA."""
    with (
        mock.patch.object(torch.backends.mps, "is_available", return_value=True),
        mock.patch.object(torch.cuda, "is_available", return_value=False),
        _Looking(),
    ):
        yield
