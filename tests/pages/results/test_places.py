"""Fair turns for few places, worked out by hand: who is given one next, what comes before, and how long."""

import threading

import pytest

from pages._ui.results.places import LEAST, Places, Turn


def asks(places: Places, who: str, level: int = 0, seconds: float = 1.0) -> Turn:
    return places.ask(Turn([who], level, seconds))


def inside(*turns: Turn) -> list[bool]:
    return [turn.inside for turn in turns]


def test_a_free_place_goes_to_who_was_given_one_longest_ago():
    """Somebody's twenty tabs and another one's single tab: the single one is second, not twenty-first."""
    places = Places((1,), (1,))
    tabs = [asks(places, "many") for _ in range(20)]
    one = asks(places, "one")
    assert inside(*tabs[:2], one) == [True, False, False]
    places.leave(tabs[0])
    assert inside(tabs[1], one) == [False, True]
    places.leave(one)
    assert inside(*tabs[1:3]) == [True, False], "one visitor's work goes on in the order in which it came"
    again = asks(places, "one")
    places.leave(tabs[1])
    assert inside(tabs[2], again) == [False, True]


def test_nobody_takes_all_places():
    places = Places((3,), (2,))
    mine = [asks(places, "me") for _ in range(3)]
    other = asks(places, "other")
    assert inside(*mine, other) == [True, True, False, True]
    places.leave(other)
    assert not mine[2].inside, "a third place is for somebody else"
    places.leave(mine[0])
    assert mine[2].inside


def test_long_work_leaves_places_to_short_work():
    places = Places((4, 2, 1), (4, 1, 1))
    endless = [asks(places, who, 2, 600) for who in "ab"]
    long = [asks(places, who, 1, 10) for who in "cd"]
    short = [asks(places, who) for who in "efg"]
    assert inside(*endless, *long, *short) == [True, False, True, False, True, True, False]
    places.leave(long[0])
    assert inside(endless[1], long[1], short[2]) == [False, True, False], "one very long piece at a time"
    places.leave(short[0])
    assert short[2].inside


def test_a_visitor_has_one_long_piece_at_a_time():
    places = Places((4, 2), (2, 1))
    first, second, short = asks(places, "me", 1), asks(places, "me", 1), asks(places, "me")
    assert inside(first, second, short) == [True, False, True]
    places.leave(first)
    assert second.inside


def test_what_comes_before_and_how_long_it_takes():
    """Two go on side by side, with 4 and 6 s of work, of which half the first is done; 3 s and mine wait.
    They share the machine: 2 s of the first are over after 4 s. The third then has its place. Mine follows
    when the third (3 s) or the second (6 - 2 = 4 s) ends: after 3 s beside another, 6 s, so at 10."""
    places = Places((2,), (2,))
    places.ask(Turn(["a"], seconds=4.0, share=lambda: 0.5))
    asks(places, "b", seconds=6.0)
    asks(places, "c", seconds=3.0)
    mine = asks(places, "me", seconds=5.0)
    ahead = places.ahead(mine)
    assert (ahead.count, ahead.own) == (2, False)
    assert ahead.seconds == pytest.approx(10.0)
    # asked for anew: as above, then beside the second (1 s left) for 2 s, and alone for the other 4 s
    places.withdraw(mine)
    assert places.expected(Turn(["me"], seconds=5.0)) == pytest.approx(16.0)


def test_a_free_machine_takes_what_the_work_takes():
    assert Places((2,), (2,)).expected(Turn(["me"], seconds=7.0)) == pytest.approx(7.0)


def test_work_that_takes_longer_than_announced_may_end_at_any_moment():
    places = Places((1,), (1,))
    places.ask(Turn(["a"], seconds=4.0, share=lambda: 1.0))
    assert places.ahead(asks(places, "b")).seconds == LEAST


def test_what_comes_before_may_be_ones_own():
    places = Places((4, 2), (2, 1))
    asks(places, "me", 1, 8.0)
    ahead = places.ahead(asks(places, "me", 1, 5.0))
    assert (ahead.count, ahead.own, ahead.seconds) == (1, True, 8.0)
    assert places.ahead(asks(places, "other", 1, 5.0)) is None, "there is a place for another"


def test_thinking_ahead_changes_nothing():
    places = Places((1,), (1,))
    asks(places, "a", seconds=4.0)
    waiting = [asks(places, who) for who in "bc"]
    for _ in range(3):
        assert [places.ahead(turn).count for turn in waiting] == [1, 2]
    assert inside(*waiting) == [False, False]


def test_what_several_want_comes_when_the_first_of_them_has_his_turn():
    places = Places((1,), (1,))
    first, _, _ = (asks(places, "many") for _ in range(3))
    shared = asks(places, "many")
    places.join(shared, "new")
    places.leave(first)
    assert shared.inside
    places.part(shared, "new")
    assert shared.inside


def test_work_that_others_wait_for_inside_is_let_in():
    places = Places((1,), (1,))
    asks(places, "a")
    needed = asks(places, "b")
    places.let_in(needed)
    assert needed.inside
    assert places.enter(needed)


def test_who_withdraws_is_not_given_a_place():
    places = Places((1,), (1,))
    first, second, third = (asks(places, who) for who in "abc")
    found = []
    waits = threading.Thread(target=lambda: found.append(places.enter(second)))
    waits.start()
    places.withdraw(second)
    waits.join(10)
    assert found == [False]
    places.withdraw(first)
    assert first.inside, "it has its place already"
    places.leave(first)
    assert third.inside


def test_nothing_is_kept_of_who_has_left():
    places = Places((2,), (1,))
    for number in range(100):
        places.leave(asks(places, str(number)))
    assert not places._now.served
    assert not places._now.owners
