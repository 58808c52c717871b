"""The word lists: which side a sentence takes."""

import pytest

from course_lib.support.lessons.word_lists import NEGATIVE_WORDS, POSITIVE_WORDS, word_side


@pytest.mark.parametrize(
    ("sentence", "side"),
    [
        ("", 0),
        ("The shop is next to the station.", 0),
        ("He WON the prize.", 1),
        ("He lost the war.", -1),
        ("It was not good.", -1),
        ("It was not a good day.", 1),
        ("He never failed.", 1),
        ("A peaceful end of the war", 0),
        ("Wonders and warships", 0),
    ],
)
def test_listed_words_and_a_negation_right_before(sentence: str, side: int) -> None:
    assert word_side(sentence) == side


def test_no_word_is_on_both_lists() -> None:
    assert not POSITIVE_WORDS & NEGATIVE_WORDS
