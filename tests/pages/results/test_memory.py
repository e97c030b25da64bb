"""Results within a budget of bytes, each made once."""

import threading

import numpy as np
import pandas as pd

from pages._ui.results.memory import Memory, size


def bytes_of(count):
    return np.zeros(count, np.uint8)


def test_the_least_recently_used_goes_first():
    memory = Memory(3 * 1200)
    for key in "abc":
        memory.put(key, bytes_of(1000))
    assert memory.get("a") is not None
    memory.put("d", bytes_of(1000))
    assert [key for key in "abcd" if key in memory] == ["a", "c", "d"]


def test_what_is_larger_than_the_budget_is_kept_alone():
    memory = Memory(2000)
    memory.put("small", bytes_of(100))
    memory.put("large", bytes_of(9000))
    assert "small" not in memory
    assert memory.get("large").nbytes == 9000


def test_a_result_is_made_once_however_many_ask():
    memory, made, start = Memory(1000), [], threading.Barrier(4)

    def make():
        made.append(1)
        return [1]

    def ask():
        start.wait()
        found.append(memory.make("key", make))

    found = []
    people = [threading.Thread(target=ask) for _ in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert made == [1]
    assert all(one is found[0] for one in found)
    assert not memory._making


def test_a_failure_leaves_the_key_free():
    memory = Memory(1000)

    def fail():
        raise ValueError("no")

    for _ in range(2):
        try:
            memory.make("key", fail)
        except ValueError:
            continue
        raise AssertionError("it did not fail")
    assert memory.make("key", lambda: 5) == 5


def test_sizes():
    assert size(np.zeros((2, 3), np.float32)) == 200 + 24
    assert size([b"12345", {"a": np.zeros(4, np.uint8)}]) == 200 + 9
    assert size(pd.DataFrame({"a": [1.0, 2.0]})) >= 200 + 16
    assert size(3) == 200
