"""The client that the README documents: a GET that is sent again while that can help.

Its pauses are longer than those of lesson 10's client: a model of this API needs up to 12 seconds
to come back, a stand-in one.
"""

import random
import time
from collections.abc import Mapping
from typing import Any

import requests

MAX_TRIES = 6
LIMIT_S = 30.0  # for all tries and the waits between them
FIRST_WAIT_S = 1.0
WORTH_ANOTHER_TRY = {408, 500, 502, 503, 504}
CONNECTION_ERRORS = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,  # the connection ended in the middle of an answer
)


def get_with_retries(url: str, params: Mapping[str, Any] | None = None) -> requests.Response:
    """GET a URL, at most 6 times in 30 seconds, and return the last answer.

    The waits double from one second, or last as long as `Retry-After` says, whichever is longer.
    Only for requests that may be repeated.

    Raises:
        requests.RequestException: the last try had no answer.
    """
    deadline = time.monotonic() + LIMIT_S
    for tries in range(1, MAX_TRIES + 1):
        answer, error = None, None
        try:
            answer = requests.get(url, params=params, timeout=max(deadline - time.monotonic(), 1))
        except CONNECTION_ERRORS as caught:
            error = caught
        if answer is not None and answer.status_code not in WORTH_ANOTHER_TRY:
            return answer
        wait_s = wait_after(tries, answer)
        if tries == MAX_TRIES or time.monotonic() + wait_s >= deadline:
            break
        time.sleep(wait_s)
    if answer is None:
        raise error
    return answer


def wait_after(tries: int, answer: requests.Response | None) -> float:
    """How long to wait after so many tries, a little at random so that clients do not march."""
    wait_s = FIRST_WAIT_S * 2 ** (tries - 1) * random.uniform(0.75, 1.25)
    asked = answer.headers.get("Retry-After", "") if answer is not None else ""
    return max(wait_s, float(asked)) if asked.isdecimal() else wait_s
