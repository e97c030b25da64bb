"""Which precision a CUDA device is told to use. The settings can be read on any machine."""

import pytest
import torch

from xai_core.network.precision import IEEE, TF32, multiply, settle


def _settings():
    backends = torch.backends
    return (
        backends.cudnn.conv.fp32_precision,
        backends.cudnn.rnn.fp32_precision,
        backends.cuda.matmul.fp32_precision,
        backends.cudnn.deterministic,
        backends.cudnn.benchmark,
    )


@pytest.fixture(autouse=True)
def _as_before():
    conv, rnn, matmul, deterministic, benchmark = _settings()
    yield
    torch.backends.cudnn.conv.fp32_precision = conv
    torch.backends.cudnn.rnn.fp32_precision = rnn
    torch.backends.cuda.matmul.fp32_precision = matmul
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = deterministic, benchmark


def test_a_cuda_device_multiplies_all_bits_in_one_order():
    multiply(TF32)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = False, True
    settle(torch.device("cuda"))
    assert _settings() == (IEEE, IEEE, IEEE, True, False)


def test_another_device_changes_nothing():
    multiply(TF32)
    before = _settings()
    settle(torch.device("cpu"))
    assert _settings() == before


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_convolution_has_all_its_bits():
    settle(torch.device("cuda"))
    generator = torch.Generator().manual_seed(0)
    x, w = torch.randn(1, 64, 20, 30, generator=generator), torch.randn(32, 64, 3, 3, generator=generator)
    exact = torch.conv2d(x.double(), w.double())
    found = torch.conv2d(x.cuda(), w.cuda()).cpu().double()
    assert (found - exact).abs().max() < 1e-4 * exact.abs().max()
