"""The lock of a network: reentrant, one thread at a time, in the order of asking."""

import signal
import threading
import time

import pytest

from xai_core.network.fair_lock import FairLock


def _in_thread(work) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _until(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_first_come_first_served():
    lock, order = FairLock(), []

    def take(name: int) -> None:
        with lock:
            order.append(name)

    with lock:
        threads = []
        for name in range(5):
            threads.append(_in_thread(lambda name=name: take(name)))
            _until(lambda: len(lock._waiting) == len(threads))
        assert order == []
    for thread in threads:
        thread.join(20)
    assert order == [0, 1, 2, 3, 4]


def test_who_takes_it_again_and_again_lets_others_in():
    lock, turns, done = FairLock(), [], threading.Event()

    def greedy() -> None:
        while not done.is_set():
            with lock:
                turns.append("greedy")
                time.sleep(0.002)

    thread = _in_thread(greedy)
    _until(lambda: turns)
    before = len(turns)
    with lock:
        turns.append("other")
    done.set()
    thread.join(20)
    assert turns.index("other") - before <= 2


def test_the_same_thread_may_enter_again():
    lock = FairLock()
    entered = threading.Event()
    with lock:
        with lock:
            pass
        thread = _in_thread(lambda: (lock.__enter__(), entered.set(), lock.__exit__()))
        _until(lambda: lock._waiting)
        assert not entered.is_set(), "the inner block's end released it"
    thread.join(20)
    assert entered.is_set()


def test_it_is_free_after_an_exception():
    lock = FairLock()
    with pytest.raises(ValueError), lock:
        raise ValueError
    thread = _in_thread(lambda: (lock.__enter__(), lock.__exit__()))
    thread.join(20)
    assert not thread.is_alive()


def test_an_interrupted_waiter_loses_nobody_the_lock():
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("interrupts reach the main thread only")
    lock, held, go = FairLock(), threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            go.wait(20)

    holder = _in_thread(hold)
    held.wait(20)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main = threading.get_ident()
        _in_thread(lambda: (_until(lambda: lock._waiting), signal.pthread_kill(main, signal.SIGINT)))
        with pytest.raises(KeyboardInterrupt), lock:
            pass
    finally:
        signal.signal(signal.SIGINT, before)
    assert not lock._waiting
    go.set()
    holder.join(20)
    with lock:
        assert lock._owner == threading.get_ident()


def test_only_its_holder_gives_it_back():
    lock = FairLock()
    with pytest.raises(RuntimeError, match="another thread, or by none"):
        lock.__exit__()


def test_no_two_at_a_time():
    lock, inside, most = FairLock(), [0], [0]

    def work() -> None:
        for _ in range(200):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [_in_thread(work) for _ in range(8)]
    for thread in threads:
        thread.join(60)
    assert most == [1]


def test_its_holder_lets_others_have_it_and_gets_it_back():
    """All who wait at that moment come first, in their order; then the holder has it as deep as before."""
    lock, order = FairLock(), []

    def take(name: str) -> None:
        with lock:
            order.append(name)

    with lock, lock:
        assert not lock.wanted
        lock.let_others()
        threads = []
        for name in "ab":
            threads.append(_in_thread(lambda name=name: take(name)))
            _until(lambda: len(lock._waiting) == len(threads))
        assert lock.wanted
        lock.let_others()
        order.append("holder")
        late = _in_thread(lambda: take("late"))
        _until(lambda: lock._waiting)
    for thread in (*threads, late):
        thread.join(20)
    assert order == ["a", "b", "holder", "late"]
    assert lock._owner is None


def test_who_does_not_hold_it_lets_nobody_have_it():
    lock, entered, go = FairLock(), threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            entered.set()
            go.wait(20)

    holder = _in_thread(hold)
    entered.wait(20)
    other = _in_thread(lambda: (lock.__enter__(), lock.__exit__()))
    _until(lambda: lock._waiting)
    assert not lock.wanted
    lock.let_others()
    assert len(lock._waiting) == 1
    go.set()
    for thread in (holder, other):
        thread.join(20)
