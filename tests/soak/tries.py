"""Every try of every client of `requests`, noted below whatever retries it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import requests

from course_lib.support.load.crowd import Outcome


@contextmanager
def recorded_tries() -> Iterator[list[Outcome]]:
    """Note every try of every client of `requests` in this process, whatever retries it."""
    tries: list[Outcome] = []
    send = requests.Session.send

    def recording(
        session: requests.Session, request: requests.PreparedRequest, **options: object
    ) -> requests.Response:
        started = time.monotonic()
        answer, error = None, ""
        try:
            answer = send(session, request, **options)
            return answer
        except requests.RequestException as caught:
            error = type(caught).__name__
            raise
        finally:
            tries.append(Outcome(started, time.monotonic() - started, answer, error))

    with mock.patch.object(requests.Session, "send", recording):
        yield tries
