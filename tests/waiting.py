"""Waiting for what must come, with a limit that only a failure reaches."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

Found = TypeVar("Found")

LONG_S = 180.0  # for one answer, on a machine as slow and as busy as any


def wait_until(condition: Callable[[], Found], what: str, within_s: float = LONG_S) -> Found:
    """Return the first result of `condition` that is true.

    Raises:
        TimeoutError: there was none in time.
    """
    deadline = monotonic() + within_s
    while not (found := condition()):
        if monotonic() > deadline:
            raise TimeoutError(f"not in {within_s} s: {what}")
        sleep(0.05)
    return found
