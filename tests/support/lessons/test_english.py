"""Which texts look English."""

import pytest

from course_lib.support.lessons.english import looks_english, stop_word_share

ENGLISH = "I did not know how little fuel was left when they landed on the Moon."
GERMAN = "Ich wusste nicht, wie wenig Treibstoff bei der Landung noch im Tank war."


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("", 0),
        ("?! 42", 0),
        ("The THE the", 1),
        ("It is a day.", 0.75),
        ("snake_case is", 1 / 3),
    ],
)
def test_the_share_of_stop_words(text: str, share: float) -> None:
    assert stop_word_share(text) == pytest.approx(share)


@pytest.mark.parametrize("text", [ENGLISH, "red green blue yellow and"])  # one word in five
def test_english(text: str) -> None:
    assert looks_english(text)


@pytest.mark.parametrize(
    "text",
    [
        GERMAN,
        "Je ne savais pas qu'il restait si peu de carburant.",
        "燃料がほとんど残っていませんでした。",
        "red green blue yellow and white",  # one in six
        "",
    ],
)
def test_not_english(text: str) -> None:
    assert not looks_english(text)
