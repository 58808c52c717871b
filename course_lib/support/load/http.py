"""A request to an HTTP service on this machine, for `course_lib.support.load` to send."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp


class BadStatus(Exception):
    """The answer was not a success. The message is the kind of error: "HTTP 503"."""


@asynccontextmanager
async def http_request(
    url: str, *, method: str = "GET", timeout_s: float = 30, **options: Any
) -> AsyncIterator[Callable[[], Awaitable[bytes]]]:
    """A request to an HTTP service on this machine, with one session for all times it is sent.

    It returns the body, and raises BadStatus for any status but 2xx (redirects are not followed).
    `options` are those of aiohttp, such as `params` and `json`.

    Raises:
        ValueError: if the URL does not begin with http://127.0.0.1
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname != "127.0.0.1":
        raise ValueError(f"load is sent to http://127.0.0.1 only, not to {url!r}")
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),  # no queue here: the service's own is measured
        timeout=aiohttp.ClientTimeout(total=timeout_s),
    ) as session:

        async def send() -> bytes:
            async with session.request(method, url, allow_redirects=False, **options) as answer:
                body = await answer.read()
                if not 200 <= answer.status < 300:
                    raise BadStatus(f"HTTP {answer.status}")
                return body

        yield send
