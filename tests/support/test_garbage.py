"""Loading without the collector: off inside, back afterwards, and what was loaded is left out."""

import gc
from collections.abc import Iterator

import pytest

from course_lib.support.garbage import uncollected


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """The collector as other tests expect it."""
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_is_collected_while_something_is_loaded() -> None:
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_loaded_is_left_out_of_later_rounds() -> None:
    with uncollected():
        loaded = [{"weight": number} for number in range(1_000)]
    assert not any(found is loaded for found in gc.get_objects())
    assert gc.get_freeze_count() > 1_000


def test_the_collector_is_back_after_a_failure() -> None:
    with pytest.raises(OSError, match="no such weights"), uncollected():
        raise OSError("no such weights")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()
