"""Hundreds of clicks, faster than the app can follow: it ends as a fresh visitor finds its address."""

import pytest

from .conftest import Journey

pytestmark = pytest.mark.browser

CLICKS = 500  # on both pages together
LOOKS = 20  # at most, until both show the same
PAUSES = (8, 30, 120, 15, 60, 250)  # milliseconds between them, in turn
BOXES = ("Rows", "Columns", "Class", "Layer", "Method", "Compare with")  # of which the next entry is chosen
FOCUS = """name => {
    const box = document.querySelector(`input[role=combobox][aria-label="${name}"]`);
    box?.focus();
    return Boolean(box);
}"""
# Presses a button, a switch, a chip or a link of the page or its sidebar, or moves a slider. What leaves the
# app, uploads, downloads, opens a window over the page or begins a meeting is left out. The number alone
# decides which one.
LEFT_OUT = (
    "Pin|Open|Keep|Link|Present|Download|Look|Your own|Bring|About|What am|Share|Copy|New|Add|Help|Fullscreen"
    "|Close|Collapse|Expand|Navigate|Upload|Clear|Remove|ResNet|VGG|Class$|Compare with$|Model$|Image$|Fit$"
    "|Layer$|Method$|Maps$"
)
PRESS = """([number, leftOut]) => {
    const name = e => (e.innerText || e.ariaLabel || '').trim().split('\\n').at(-1);  // without its icon
    const left = new RegExp(`^(keep)?(${leftOut})`);
    const inside = '[data-testid=stMain], [data-testid=stSidebar]';
    const found = [...document.querySelectorAll('button, [role=switch], [role=radio], [role=slider], label')]
        .filter(e => e.closest(inside) && !e.disabled)
        .filter(e => !e.closest('[data-testid=stFileUploader], [data-testid=stDownloadButton]'))
        .filter(e => !left.test(name(e)) && !e.closest('[class*=st-key-pick-]') && !e.ariaHasPopup);
    const pages = [...document.querySelectorAll('[data-testid=stPageLink] a')];
    const all = number % 10 === 0 && pages.length ? pages : found;
    if (!all.length) return '';
    const one = all[(number * 7919) % all.length];
    if (one.role === 'slider') {
        one.focus();
        one.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', keyCode: 39, bubbles: true}));
    } else one.click();
    return name(one);
}"""
SHOWN = """() => [
    document.querySelector('h1')?.innerText,
    ...[...document.querySelectorAll('[data-testid=stMain] img')].map(i => new URL(i.src).pathname),
]"""


def hammer(journey: Journey, clicks: int) -> set[str]:
    """The names of what was pressed."""
    pressed = set()
    for number in range(clicks):
        name = BOXES[number // 5 % len(BOXES)]
        if number % 5 == 0 and journey.page.evaluate(FOCUS, name):
            for key in ("ArrowDown", "Enter"):
                journey.page.keyboard.press(key)
            pressed.add(name)
        else:
            pressed.add(journey.page.evaluate(PRESS, [number, LEFT_OUT]))
        journey.page.wait_for_timeout(PAUSES[number % len(PAUSES)])
    journey.page.keyboard.press("Escape")
    return pressed


@pytest.mark.parametrize("path", ["/gallery", "/"])
def test_five_hundred_fast_clicks_end_where_a_fresh_visit_begins(journey, colleague, path):
    """A picture's file is named by its content, so equal names are equal pictures."""
    journey.open(path)
    pressed = hammer(journey, CLICKS // 2)
    assert len(pressed) > 12, pressed
    journey.rest()
    assert journey.page.get_by_test_id("stException").count() == 0
    assert journey.said == []
    colleague.open(journey.page.url)
    for _ in range(LOOKS):  # a page that computes rests between two looks at its work
        colleague.rest()
        journey.rest()
        fresh, hammered = (one.page.evaluate(SHOWN) for one in (colleague, journey))
        if fresh == hammered:
            break
        colleague.page.wait_for_timeout(2000)
    assert fresh == hammered, journey.page.url
