import math

import pytest

from xai_core.meeting.codes import COUNT, FORM, WORDS, new_code, read_code
from xai_core.types import InputError


def test_the_words_are_different_and_short():
    assert len(WORDS) == len(set(WORDS)) == 256
    assert all(word.isascii() and word.islower() and 4 <= len(word) <= 8 for word in WORDS)
    assert math.log2(COUNT) > 30


def test_a_code_is_read_as_it_is_said():
    code = new_code()
    assert FORM.fullmatch(code)
    one, two, three, number = code.split("-")
    for said in (code, f" {one} {two} {three} {number} ", f"{one.upper()}, {two}, {three}{number}"):
        assert read_code(said) == code


def test_codes_differ():
    assert len({new_code() for _ in range(500)}) == 500


@pytest.mark.parametrize("text", ["", "tiger", "tiger-olive-42", "tiger-olive-comet-4", "a" * 5000, "☃" * 9])
def test_what_is_no_code_is_refused_in_a_sentence(text):
    with pytest.raises(InputError, match="is no code of a meeting; three words and a number") as caught:
        read_code(text)
    assert len(str(caught.value)) < 250
