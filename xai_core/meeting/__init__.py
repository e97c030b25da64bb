"""A live meeting: one presents, others follow, ask and guess, and the minutes are kept.

    meetings = Meetings(open_store().engine)
    keys = meetings.begin()
    meetings.move(meetings.for_presenter(keys.presenter_key), "overview", {"image": "chelsea"})
    meetings.now(meetings.find(keys.code)).page                    # "overview"

`Rounds` holds what is guessed before a map is shown, `Questions` what people ask, and `minutes` makes the
report of it all."""

from .agreement import Agreement, agreement, sentence
from .codes import new_code, read_code
from .limits import Limits
from .marks import Mark
from .questions import Question, Questions
from .rounds import Asked, Round, Rounds
from .shown import Keys, Now
from .store import HOURS, Meetings

__all__ = [
    "HOURS",
    "Agreement",
    "Asked",
    "Keys",
    "Limits",
    "Mark",
    "Meetings",
    "Now",
    "Question",
    "Questions",
    "Round",
    "Rounds",
    "agreement",
    "new_code",
    "read_code",
    "sentence",
]
