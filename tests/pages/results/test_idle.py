"""Who waits, and when nobody has waited for a while."""

import threading

from pages._ui.results import idle


def test_a_run_is_noticed_and_so_is_its_end():
    assert not idle.somebody_waits()
    with idle.foreground():
        assert idle.somebody_waits()
        with idle.foreground():
            assert idle.somebody_waits()
        assert idle.somebody_waits(), "the other one still waits"
        assert idle.had_visitors()
        assert not idle.quiet(0.0, timeout=0.01)
    assert not idle.somebody_waits()
    assert idle.quiet(0.0, timeout=0.0)


def test_quiet_is_counted_from_the_end_of_the_last_run():
    with idle.foreground():
        pass
    assert not idle.quiet(60.0, timeout=0.01)
    assert idle.quiet(0.05, timeout=10)


def test_who_waits_for_quiet_goes_on_when_the_last_run_ends():
    entered, ended = threading.Event(), threading.Event()

    def wait():
        entered.set()
        assert idle.quiet(0.0, timeout=30)
        ended.set()

    with idle.foreground():
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert entered.wait(5)
        assert not ended.wait(0.1)
    assert ended.wait(10)
    waiting.join(5)
