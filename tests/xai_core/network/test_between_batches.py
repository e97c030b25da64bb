"""Long work lets others use the network between its batches, and nothing that either sees changes."""

import threading
import time

import pytest

import xai_core as xai
from xai_core.network.observe import hooked

LONG = xai.Request("rise", 243, params={"masks": 300})
SHORT = xai.Request("guided_backprop", 281)


def waits(handle) -> threading.Thread:
    """A thread that asks for the network and ends when it has had it."""

    def take():
        with handle.session():
            pass

    thread = threading.Thread(target=take)
    thread.start()
    while not handle._lock._waiting:
        time.sleep(0.001)
    return thread


def test_a_short_map_is_made_while_a_long_one_goes_on(lite0_small, chelsea):
    """Both have the bytes that they have alone."""
    alone = [xai.explain_many(lite0_small, chelsea, [one])[0].heatmap.tobytes() for one in (LONG, SHORT)]
    begun, found, done_at = threading.Event(), {}, []

    def progress(done, _total):
        done_at.append(done)
        begun.set()

    def long():
        (found["long"],) = xai.explain_many(lite0_small, chelsea, [LONG], progress)

    thread = threading.Thread(target=long)
    thread.start()
    assert begun.wait(60)
    (found["short"],) = xai.explain_many(lite0_small, chelsea, [SHORT])
    at = done_at[-1]
    thread.join(120)
    assert at < 301, "the long one still went on"
    assert [found[name].heatmap.tobytes() for name in ("long", "short")] == alone
    assert found["long"].forwards == 301


def test_the_time_of_others_is_not_counted(lite0_small, chelsea, monkeypatch):
    with lite0_small.session():
        work = lite0_small.progress()
        thread = waits(lite0_small)
        work.check()
    thread.join(20)
    assert work.waited > 0
    monkeypatch.setattr(lite0_small, "let_others", lambda: 1000.0)
    e = xai.explain(lite0_small, chelsea, "score_cam", 243, "blocks.6")
    assert e.seconds < 0, "each check took 1,000 s of others' time, which is no part of it"


@pytest.mark.parametrize("changed", ["a hook", "a mode", "a hook in the folded network"])
def test_a_network_that_is_changed_is_not_lent(lite0_small, changed):
    with lite0_small.session() as net:
        folded = lite0_small.scorer
        thread = waits(lite0_small)
        where = folded if "folded" in changed else net
        if changed == "a mode":
            net.train()
            assert lite0_small.let_others() == 0
            net.eval()
        else:
            with hooked(where, {"conv_stem": lambda *_: None}):
                assert lite0_small.let_others() == 0
        assert thread.is_alive()
        assert lite0_small.let_others() > 0
        assert not lite0_small._lock._waiting
    thread.join(20)


def test_nested_sessions_stay_open(lite0_small):
    with lite0_small.session(), lite0_small.session():
        thread = waits(lite0_small)
        assert lite0_small.let_others() > 0
        assert lite0_small.scorer is not None, "it is available inside a session only"
    thread.join(20)
    with pytest.raises(RuntimeError, match="inside a session only"):
        _ = lite0_small.scorer
