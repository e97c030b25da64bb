"""The tasks of part 4: insertion and deletion, of one picture and on average over ten."""

from __future__ import annotations

from collections.abc import Callable

from .._recipe import Bench, Found, Published, Task, each_picture, first_picture
from ..outcome import Outcome
from . import averages, one_picture
from ._shared import STAND_IN, asks
from .curves import METHODS, curves_of, passes


def _published(which: str, test: str, words: str) -> tuple[Published, ...]:
    return tuple(
        Published(f"{which}.{method}", f"In the order of {name} {words} than in a random order.", test)
        for method, name in METHODS.items()
    )


_ASKS = asks(superpixel=28, baseline="black", samples=25, steps=25)
_CALL = (
    'e = xai.explain(handle, image, "integrated_gradients", target, steps=parameters["steps"])\n'
    'xai.curves(handle, image, e, superpixel=parameters["superpixel"], baseline=parameters["baseline"])'
)


def _task(
    key: str,
    title: str,
    text: str,
    conclude: Callable[[Bench, Found], Outcome],
    question: str,
    published: tuple[Published, ...] = (),
    whole: bool = False,
) -> Task:
    """A task of this part, of the first picture or of the `whole` set."""
    return Task(
        key,
        title,
        text,
        _ASKS,
        STAND_IN,
        each_picture() if whole else first_picture(),
        curves_of,
        conclude,
        _CALL,
        published,
        (question,),
        passes,
        10 if whole else None,
    )


TASKS = (
    _task(
        "4a",
        "Insertion, one picture",
        "Superpixels of 28 pixels are shown on black, the most important of a map first.",
        one_picture.conclude_insertion,
        "Which of the three maps is best by this curve?",
    ),
    _task(
        "4b",
        "Deletion, one picture",
        "The same superpixels are hidden behind black, the most important first.",
        one_picture.conclude_deletion,
        "Does deletion say the same as insertion?",
    ),
    _task(
        "4c",
        "What the network sees on the way",
        "The picture of 4a when a few of its superpixels are shown.",
        one_picture.conclude_shown,
        "Would you have known the class from the first superpixels?",
    ),
    _task(
        "4d",
        "Average insertion curves",
        "The insertion curves of ten pictures, three methods and a random order, on average.",
        averages.conclude_insertion,
        "Which method is best on average, and is the difference larger than chance?",
        _published("insertion", "above", "the class returns sooner"),
        whole=True,
    ),
    _task(
        "4e",
        "Average deletion curves",
        "The deletion curves of the same pictures, on average.",
        averages.conclude_deletion,
        "Why is a good method by deletion not always good by insertion?",
        _published("deletion", "below", "the class goes sooner"),
        whole=True,
    ),
    _task(
        "4f",
        "Areas under the curves",
        "All areas, and each method against each other one, picture by picture.",
        averages.conclude_areas,
        "Which differences are larger than what ten pictures can show?",
        whole=True,
    ),
)
