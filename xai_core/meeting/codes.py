"""The code of a meeting, to be read aloud and typed: three words and a number, such as tiger-olive-comet-42.

There are 256^3 * 90 of them, 1.5 billion (30.5 bits). A meeting lives for hours and wrong codes are counted
(`limits`), so that guessing finds none: 600 guesses a minute, for 12 hours, find the code of a given meeting
with a probability of one in 3,500."""

from __future__ import annotations

import re
import secrets

from ..types import InputError

_WORDS = """
acorn album amber anchor apple april arena arrow atlas attic autumn bacon badge bagel bamboo banana
banjo barley barrel basil basket beacon beaver bench berry birch bison blanket bonus border bottle
bridge bronze bubble bucket butter cabin cactus camel camera candle canoe canyon carbon carpet
carrot castle cedar cello cement chalk cherry chimney cinema circle citrus clover cobalt coconut
comet compass copper coral cotton cousin cradle crater crayon cricket crystal cumin curtain daisy
dancer desert diamond dinner dolphin domino donkey dragon drawer drummer eagle easel echo elbow
ember emerald engine estate fabric falcon feather fennel ferry fiddle finger flame flute forest
fossil fountain galaxy garage garden garlic gecko ginger giraffe glacier globe goblet granite guitar
hammer harbour harvest hazel helmet hermit hockey honey horizon hotel igloo indigo island ivory
jacket jaguar jasmine jelly jigsaw jungle kennel kettle kitchen koala ladder lagoon lantern lemon
lentil letter lilac lizard lobster locket lotus magnet mango maple marble market meadow melon mirror
monkey morning mosaic mountain muffin museum napkin needle nickel noodle novel nutmeg oasis ocean
olive onion opal orange orbit orchid otter oxygen oyster paddle panda paper parade parrot pasture
peanut pebble pencil pepper piano pigeon pillow pilot planet plaza pocket pollen poplar potato
prairie puzzle quartz quiver rabbit radar radio raven ribbon river robot rocket saddle saffron
salmon sandal satin saturn scarf shadow shovel silver sketch spider spiral spoon sunset table tango
teapot temple thunder tiger timber tomato trumpet tulip tunnel turnip turtle vanilla velvet violet
violin volcano walnut walrus whistle willow window winter wizard yogurt zebra zipper
"""
WORDS = tuple(_WORDS.split())
FIRST, LAST = 10, 99  # the number, which always has two digits
COUNT = len(WORDS) ** 3 * (LAST - FIRST + 1)
FORM = re.compile(r"[a-z]{4,8}(-[a-z]{4,8}){2}-[1-9]\d")


def new_code() -> str:
    """A code, all equally probable."""
    words = [secrets.choice(WORDS) for _ in range(3)]
    return "-".join([*words, str(FIRST + secrets.randbelow(LAST - FIRST + 1))])


def read_code(text: str) -> str:
    """The code that somebody typed: capitals, spaces, commas and a dash more or less do not matter. Raises
    InputError for what has not its form."""
    code = "-".join(re.findall(r"[a-z]+|\d+", text.lower()[:200]))
    if not FORM.fullmatch(code):
        raise InputError(
            f"{text[:60]!r} is no code of a meeting; three words and a number of two digits are accepted, "
            "for example tiger-olive-comet-42."
        )
    return code
