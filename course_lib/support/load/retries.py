"""A client that asks again, and is polite about it: for requests that may be sent twice.

`tenacity` does the asking. `urllib3`, below `requests`, has retries of its own, but no limit for
the whole time: it would wait for an hour if `Retry-After` says so (urllib3#1338). It reads that
header well, so it is used for that.
"""

import random
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future

import requests
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    stop_before_delay,
)
from urllib3 import Retry
from urllib3.exceptions import InvalidHeader

RETRIED_STATUSES = frozenset({408, 500, 502, 503, 504})
LOST_CONNECTION = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
MAX_TRIES = 6
ALL_TRIES_S = 30.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.8, 4.0


def get_with_retries(url: str, params: Mapping[str, str] | None = None) -> requests.Response:
    """Send a GET request, and send it again where that may help. Only for what is idempotent.

    It is sent again after a lost connection, and after the statuses 408, 500, 502, 503 and 504: at
    most 6 tries, and 30 seconds in all. Between them are pauses, longer each time and partly by
    chance, on top of the seconds of Retry-After. A pause that would not fit into the time is not
    made, and ends the tries.

    Returns:
        The last answer, whatever its status.

    Raises:
        requests.ConnectionError: the connection was lost in the last try, too.
        requests.Timeout: the time was over before there was a whole answer.
    """
    until = time.monotonic() + ALL_TRIES_S

    def ask() -> requests.Response:
        return get_within(url, params, max(until - time.monotonic(), 0.001))

    def last(state: RetryCallState) -> requests.Response:
        assert state.outcome is not None  # there was a try
        return state.outcome.result()

    def pause(state: RetryCallState) -> float:
        try:
            asked_s = retry_after_s(last(state).headers)
        except requests.RequestException:
            asked_s = 0.0
        return pause_s(state.attempt_number, asked_s)

    asking = Retrying(
        retry=retry_if_exception_type(LOST_CONNECTION)
        | retry_if_result(lambda answer: answer.status_code in RETRIED_STATUSES),
        wait=pause,
        stop=stop_after_attempt(MAX_TRIES) | stop_before_delay(ALL_TRIES_S),
        retry_error_callback=last,  # the last answer, or its error
    )
    return asking(ask)


def pause_s(tries: int, asked_s: float = 0.0) -> float:
    """How long to wait: twice as long after each try, up to 4 seconds, and half of it by chance.

    Args:
        tries: how many there were, at least 1.
        asked_s: what the service asked for in Retry-After; it comes on top.
    """
    longest_s = min(FIRST_PAUSE_S * 2 ** (tries - 1), LONGEST_PAUSE_S)
    return asked_s + random.uniform(0.5, 1) * longest_s


def retry_after_s(headers: Mapping[str, str]) -> float:
    """The seconds that Retry-After asks for, as a number or as a date; 0 where it asks nothing."""
    try:
        return Retry(retry_after_max=10**9).parse_retry_after(headers.get("Retry-After", "0"))
    except (InvalidHeader, ValueError, OverflowError):
        return 0.0


def get_within(url: str, params: Mapping[str, str] | None, limit_s: float) -> requests.Response:
    """Send one GET request, and return its whole answer within so many seconds.

    Raises:
        requests.Timeout: the answer was not there, or not all of it.
        requests.RequestException: what `requests.get` raises.
    """
    answer: Future[requests.Response] = Future()

    def get() -> None:
        try:
            answer.set_result(requests.get(url, params=params, timeout=limit_s))
        except Exception as error:
            answer.set_exception(error)

    threading.Thread(target=get, daemon=True).start()
    try:
        return answer.result(limit_s)
    except TimeoutError:
        raise requests.Timeout(f"no whole answer within {limit_s:.1f} s") from None
