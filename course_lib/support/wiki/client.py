"""Makes the `wikipedia` package fit for a service: bounded in time, bytes, redirects and memory.

The package calls `requests.get` with no timeout and keeps every answer for ever. Importing this
module replaces the `requests` that `wikipedia.wikipedia` sees by an object with one method, `get`,
and switches the caches off. Nothing else of the package changes, in embedded and in live mode.
"""

import asyncio
import contextlib
import threading
import time
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from typing import Any

import aiohttp
import wikipedia.wikipedia
from bs4 import GuessedAtParserWarning
from pydantic import TypeAdapter

from course_lib.support.settings import settings

MAX_ANSWER_BYTES = 8_000_000
MAX_REDIRECTS = 5
CONNECT_TIMEOUT_S = 3.0
USER_AGENT = "course-lib/0.1 (a course on Ray Serve; contact: {contact})"

# Stricter than the module json: half of a Unicode character, which no answer of ours could pass on,
# and lists nested deeper than Python's stack are ValueErrors, too.
_JSON: TypeAdapter[Any] = TypeAdapter(Any)
# What the package, which takes the shape of an answer for granted, or an Article raises. A redirect
# from a page to itself is followed until Python's stack ends.
_SHAPE_ERRORS = (
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
)

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class WikipediaError(Exception):
    """Wikipedia gave no answer, or one that cannot be used.

    Attributes:
        retry_after: what Wikipedia asked for in its Retry-After header, if it did.
    """

    def __init__(self, message: str, retry_after: str | None = None) -> None:
        # A header may hold any bytes. What aiohttp makes of them could not be sent on.
        super().__init__(message.encode(errors="replace").decode())
        self.retry_after = retry_after if retry_after and retry_after.isascii() else None


class WikipediaTimeout(WikipediaError):
    """Wikipedia did not finish its answer in time."""


@contextlib.contextmanager
def bounded_wikipedia() -> Iterator[None]:
    """All requests of the `wikipedia` package inside the block end in time, together.

    The limit is the setting WIKIPEDIA_TIMEOUT_S, in seconds.

    Raises:
        WikipediaTimeout: the time was over.
        WikipediaError: no connection, or not the answer of a MediaWiki.
    """
    token = _deadline.set(time.monotonic() + settings().wikipedia_timeout_s)
    try:
        yield
    except _SHAPE_ERRORS as error:
        url = wikipedia.wikipedia.API_URL
        reason = repr(error).splitlines()[0]
        raise WikipediaError(f"{url} sent JSON of an unknown shape: {reason}") from error
    finally:
        _deadline.reset(token)


@cache
def wiki_license() -> str:
    """The licence of the wiki's text, as the wiki states it (`siprop=rightsinfo`)."""
    answer = wikipedia.wikipedia._wiki_request({"meta": "siteinfo", "siprop": "rightsinfo"})
    text = answer["query"]["rightsinfo"]["text"]
    if not isinstance(text, str):
        raise TypeError(f"a licence's name is a text, not {text!r}")  # and so it is not remembered
    return text


class _Answer:
    """The one thing that the package wants of a response: `json()`."""

    def __init__(self, payload: dict[str, Any]) -> None:
        self._payload = payload

    def json(self) -> dict[str, Any]:
        return self._payload


class _BoundedRequests:
    """Stands in for the module `requests` inside `wikipedia.wikipedia`.

    aiohttp does the work, on an event loop in a thread of its own, because its total timeout ends
    a request in any phase. A read timeout, all that `requests` has, lets a server that sends one
    byte a second go on for ever.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: aiohttp.ClientSession | None = None

    def get(self, url: str, params: dict[str, Any], headers: dict[str, str]) -> _Answer:
        """Return MediaWiki's answer to an API request.

        Raises:
            WikipediaTimeout: no complete answer before the deadline.
            WikipediaError: no connection, or not the JSON answer of a MediaWiki.
        """
        left_s = settings().wikipedia_timeout_s
        if deadline := _deadline.get():
            left_s = deadline - time.monotonic()
        try:
            if left_s <= 0:
                raise TimeoutError
            request = self._get(url, params, left_s)
            body = asyncio.run_coroutine_threadsafe(request, self._running_loop()).result()
        except TimeoutError as error:
            raise WikipediaTimeout(f"{url} did not answer in time") from error
        except aiohttp.TooManyRedirects as error:
            raise WikipediaError(f"{url} redirects more than {MAX_REDIRECTS} times") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise WikipediaError(f"{url} cannot be used: {error}") from error
        return _Answer(_checked(url, body))

    async def _get(self, url: str, params: dict[str, Any], limit_s: float) -> bytes:
        if self._session is None:
            agent = USER_AGENT.format(contact=settings().wikipedia_contact)
            self._session = aiohttp.ClientSession(trust_env=True, headers={"User-Agent": agent})
        timeout = aiohttp.ClientTimeout(total=limit_s, sock_connect=CONNECT_TIMEOUT_S)
        body = bytearray()
        async with self._session.get(
            url, params=params, timeout=timeout, max_redirects=MAX_REDIRECTS
        ) as response:
            if response.status != 200:
                raise WikipediaError(
                    f"{url} answered {response.status} {response.reason}",
                    retry_after=response.headers.get("Retry-After"),
                )
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise WikipediaError(f"{url} sent more than {MAX_ANSWER_BYTES:,} bytes")
        return bytes(body)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=self._loop.run_forever, name="wikipedia-http", daemon=True
                ).start()
            return self._loop


def _checked(url: str, body: bytes) -> dict[str, Any]:
    try:
        payload = _JSON.validate_json(body)
    except ValueError as error:
        raise WikipediaError(f"{url} did not send JSON: is it a MediaWiki's api.php?") from error
    if isinstance(payload, dict) and isinstance(payload.get("error"), dict):
        raise WikipediaError(f"{url} refused the request: {payload['error'].get('info')}")
    if not isinstance(payload, dict) or not isinstance(payload.get("query"), dict):
        raise WikipediaError(f"{url} sent JSON without 'query': is it a MediaWiki's api.php?")
    return payload


class _NoCache(dict):
    """Forgets at once: a service must neither grow with its users nor answer with old articles."""

    def __setitem__(self, key: str, value: object) -> None:
        pass


wikipedia.wikipedia.requests = _BoundedRequests()
wikipedia.wikipedia.API_URL = str(settings().wikipedia_api_url)
for _function in (wikipedia.search, wikipedia.suggest, wikipedia.summary):
    _function._cache = _NoCache()
# The package reads a disambiguation page with BeautifulSoup and names no parser.
warnings.filterwarnings("ignore", category=GuessedAtParserWarning)
