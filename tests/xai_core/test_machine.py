"""How much memory the process may use, read from made files of the system."""

import pytest

from xai_core import machine

MEASURED = machine.memory.__wrapped__  # without its memory of what it measured


@pytest.fixture
def system(tmp_path):
    """A way to lay out a system: `own` of the process, and limits by their path under the mount."""

    def lay(own: str, **limits: str):
        (tmp_path / "own").write_text(own)
        for path, text in limits.items():
            file = tmp_path / "mounted" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n")
        return [limit for limit in machine.cgroups(tmp_path / "own", tmp_path / "mounted") if limit]

    return lay


def test_version_2_counts_the_groups_above_too(system):
    limits = {"app/inner/memory.max": "max", "app/memory.max": "2700000000", "other/memory.max": "5"}
    assert system("0::/app/inner\n", **limits) == [2_700_000_000]


def test_version_1_reads_the_group_of_the_memory_controller(system):
    own = "9:cpu:/cpu\n4:memory:/app\n0::/\n"
    limits = {"memory/app/memory.limit_in_bytes": "1000", "memory/memory.limit_in_bytes": "9000"}
    assert system(own, **limits, **{"memory/cpu/memory.limit_in_bytes": "5"}) == [1000, 9000]


def test_in_a_container_the_root_is_the_own_group(system):
    """The path in /proc is that of the host, and is not to be seen inside."""
    assert system("0::/docker/1f2e\n", **{"memory.max": "1000000000"}) == [1_000_000_000]


def test_without_control_groups_nothing_limits(tmp_path):
    assert list(machine.cgroups(tmp_path / "none", tmp_path)) == []


@pytest.fixture
def limits(monkeypatch):
    """A way to say what the system tells: `limits(physical, cgroups, address_space)`, and what follows."""
    monkeypatch.delenv("XAI_SMALL", raising=False)

    def say(physical: int, cgroups: tuple[int, ...] = (), address_space: int = 0):
        monkeypatch.setattr(machine, "physical", lambda: physical)
        monkeypatch.setattr(machine, "cgroups", lambda: iter(cgroups))
        monkeypatch.setattr(machine, "address_space", lambda: address_space)
        monkeypatch.setattr(machine, "memory", MEASURED)
        return machine.memory(), machine.is_small()

    return say


def test_the_smallest_limit_counts(limits):
    assert limits(16_000_000_000) == (16_000_000_000, False)
    assert limits(16_000_000_000, (2**63 - 4096, 2_999_999_999)) == (2_999_999_999, True)
    assert limits(16_000_000_000, (3_000_000_000,)) == (3_000_000_000, False)
    assert limits(16_000_000_000, (), 1_000_000_000) == (1_000_000_000, True)
    assert limits(0) == (0, False), "what is not known is not small"


@pytest.mark.parametrize(("named", "small"), [("1", True), ("0", False), ("", True), ("yes", True)])
def test_the_owner_decides(limits, monkeypatch, named, small):
    limits(1_000_000_000)
    monkeypatch.setenv("XAI_SMALL", named)
    assert machine.is_small() is small
    limits(16_000_000_000)
    monkeypatch.setenv("XAI_SMALL", named)
    assert machine.is_small() is (named == "1")


def test_this_machine_has_memory():
    assert 100_000_000 < machine.memory() < 10**14
