"""Sends load to a service on this machine, and says how it was answered.

`closed_loop` plays a number of clients that each wait for an answer before they ask again: a slow
service slows its clients down, so it shows what the service can do. `open_loop` sends on schedule
whether or not answers came, as the world outside does: it shows what users feel. It counts a
latency from when the request was *due*, so that no wait is left out because the sender waited, too
(coordinated omission; Gil Tene, "How NOT to Measure Latency", Strange Loop 2015).

    async with http_request("http://127.0.0.1:8000/") as request:
        load = await open_loop(request, rate_per_s=50, duration_s=5)
    print(load.p99_ms, load.errors, load.late)

Beside them, `crowd` lets clients ask for as long as a fault lasts, and `retries` is a client that
asks again.

The load may also be sent to any `async` function without arguments; one that raises is an error.
"""

from course_lib.support.load.http import BadStatus, http_request
from course_lib.support.load.loops import (
    MAX_REQUESTS,
    UNFINISHED,
    Request,
    arrivals_s,
    closed_loop,
    open_loop,
    send_on_schedule,
)
from course_lib.support.load.report import Load

__all__ = [
    "MAX_REQUESTS",
    "UNFINISHED",
    "BadStatus",
    "Load",
    "Request",
    "arrivals_s",
    "closed_loop",
    "http_request",
    "open_loop",
    "send_on_schedule",
]
