"""Photographs of digits: repeatable, of held-out digits alone, and never too full."""

import pytest

from course_lib.support.lessons.digits import handwritten_digits, photograph

SENT = [3, 1, 4, 1, 5, 9, 2, 6]


def test_the_same_seed_gives_the_same_photograph() -> None:
    assert (photograph(SENT, seed=3) == photograph(SENT, seed=3)).all()
    assert (photograph(SENT, seed=3) != photograph(SENT, seed=4)).any()


def test_its_digits_are_not_learned_from() -> None:
    learned, _ = handwritten_digits(held_out=False)
    held_out, _ = handwritten_digits(held_out=True)
    assert len(learned) + len(held_out) == 1797
    copies = {pixels.tobytes() for pixels in learned}
    assert not any(pixels.tobytes() in copies for pixels in held_out)


def test_too_many_digits() -> None:
    with pytest.raises(ValueError, match="20 digits do not fit"):
        photograph([8] * 20)
