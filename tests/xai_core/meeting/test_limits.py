import pytest

from xai_core.meeting import Limits
from xai_core.meeting import limits as module
from xai_core.types import InputError

from .conftest import Clock


def test_a_window_slides():
    clock = Clock()
    limits = Limits(clock)
    for _ in range(3):
        limits.spend("you knock", "ada", 3, 60)
    with pytest.raises(InputError, match="you knock at most 3 times in 60 seconds"):
        limits.spend("you knock", "ada", 3, 60)
    limits.spend("you knock", "grace", 3, 60)
    limits.spend("you sing", "ada", 3, 60)
    clock.now += 60
    assert limits.allows("you knock", "ada", 3, 60)
    limits.spend("you knock", "ada", 3, 60)


def test_names_that_are_made_up_take_no_memory(monkeypatch):
    monkeypatch.setattr(module, "KEPT", 100)
    limits = Limits(Clock())
    for number in range(1000):
        limits.spend("you knock", number, 1, 60)
    assert len(limits._done) == 100
    assert not limits.allows("you knock", 999, 1, 60)
