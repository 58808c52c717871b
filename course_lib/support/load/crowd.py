"""Clients that ask again and again until they are told to stop, and what became of each request.

For faults, which last as long as they last. Where the number of requests or their rate matters,
`closed_loop` and `open_loop` send them.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

STOP_LIMIT_S = 70  # longer than Serve's own limit for a request


@dataclass(frozen=True)
class Outcome:
    """How a request ended: with an answer, or with the name of an error."""

    began_s: float  # time.monotonic()
    took_s: float
    answer: requests.Response | None = None
    error: str = ""

    @property
    def kind(self) -> str:
        """In a word: "200", "503 problem+json", "ConnectionError"."""
        if self.answer is None:
            return self.error
        if self.answer.ok:
            return str(self.answer.status_code)
        media_type = self.answer.headers.get("Content-Type", "no type").partition(";")[0]
        return f"{self.answer.status_code} {media_type.rpartition('/')[2]}"


def outcome_of(ask: Callable[[], requests.Response]) -> Outcome:
    """Ask once, and note how it ended."""
    started = time.monotonic()
    answer, error = None, ""
    try:
        answer = ask()
    except requests.RequestException as caught:
        error = type(caught).__name__
    return Outcome(started, time.monotonic() - started, answer, error)


@contextmanager
def crowd(
    ask: Callable[[], requests.Response], clients: int, pause_s: float = 0
) -> Iterator[list[Outcome]]:
    """Let so many clients ask in a loop for as long as the block runs; yield their outcomes.

    Each pauses after an answer. After the block it may finish the request it has begun.

    Raises:
        TimeoutError: a request did not end.
    """
    outcomes: list[Outcome] = []
    stop = threading.Event()

    def client() -> None:
        while not stop.is_set():
            outcomes.append(outcome_of(ask))
            stop.wait(pause_s)

    threads = [threading.Thread(target=client, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield outcomes
    finally:
        stop.set()
    deadline = time.monotonic() + STOP_LIMIT_S
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
    if waiting := sum(thread.is_alive() for thread in threads):
        raise TimeoutError(f"{waiting} requests did not end")
