"""Makes the `wikipedia` package fit for a service: bounded in time, bytes, redirects and memory.

The package calls `requests.get` with no timeout, keeps every answer for ever, and takes the shape
of an answer for granted. Inside `with bounded_wikipedia():` its requests end in time, and what
comes back is checked, so that all that the package raises there is its own PageError and
DisambiguationError, or a WikipediaError. That says what went wrong and names no address: those are
in the log.
"""

import contextlib
import logging
import math
import re
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, partial
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import certifi
import pycurl
import wikipedia.wikipedia
from bs4 import BeautifulSoup
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from course_lib.support.settings import settings

MAX_ANSWER_BYTES = 8_000_000
MAX_REDIRECTS = 5
MAX_REQUESTS = 100  # of one block
CONNECT_TIMEOUT_S = 3.0
USER_AGENT = "course-lib/0.1 (a course on Ray Serve; contact: {contact})"

_log = logging.getLogger("ray.serve")  # in a replica, its log file
_this_thread = threading.local()
_JSON: TypeAdapter[Any] = TypeAdapter(Any)


class WikipediaError(Exception):
    """Wikipedia gave no answer, or one that cannot be used.

    Attributes:
        retry_after: what Wikipedia asked for in its Retry-After header, if it did.
    """

    def __init__(self, message: str, retry_after: str | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class WikipediaTimeout(WikipediaError):
    """Wikipedia did not finish its answer in time."""


class UnusablePage(WikipediaError):
    """This page cannot be read, for a reason of its own; others can."""


@dataclass
class _Budget:
    """What is left to a block."""

    until_s: float
    requests: int = MAX_REQUESTS


_budget: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextlib.contextmanager
def bounded_wikipedia() -> Iterator[None]:
    """All requests of the `wikipedia` package inside the block end in time, together.

    The limit is the setting WIKIPEDIA_TIMEOUT_S, in seconds. From the first block on, the package
    asks nothing outside of one. Its calls raise:

        WikipediaTimeout: the time was over.
        UnusablePage: a page that leads to another wiki or in a circle, or has no text.
        WikipediaError: no connection, or not the answer of a MediaWiki.

    A DisambiguationError that leaves the block has titles as its `options`, where the package's own
    are the words of links.
    """
    package = wikipedia.wikipedia
    package.requests = SimpleNamespace(get=_get)
    package.API_URL = str(settings().wikipedia_api_url)
    package.BeautifulSoup = partial(BeautifulSoup, features="html.parser")  # it names no parser
    for name in ("search", "suggest", "summary", "geosearch", "languages"):
        getattr(package, name)._cache = _NoCache()
    token = _budget.set(_Budget(time.monotonic() + settings().wikipedia_timeout_s))
    try:
        yield
    except wikipedia.DisambiguationError as error:
        error.options = _linked_titles(error.title)
        raise
    finally:
        _budget.reset(token)


def _linked_titles(title: str) -> list[str]:
    """The existing pages that a disambiguation page offers, by title; the first of each line."""
    asked = {"prop": "revisions", "rvprop": "content", "rvparse": "", "rvlimit": 1}
    answer = wikipedia.wikipedia._wiki_request(asked | {"titles": title, "redirects": ""})
    links = [
        line.select_one("a[title]:not(.new, .external, .extiw)")
        for page in answer["query"]["pages"].values()
        for line in BeautifulSoup(page["revisions"][0]["*"], "html.parser").find_all("li")
    ]
    return list(dict.fromkeys(str(link["title"]) for link in links if link))


@cache
def wiki_license() -> str:
    """The licence of the wiki's text, as the wiki states it; empty where it states none."""
    answer = wikipedia.wikipedia._wiki_request({"meta": "siteinfo", "siprop": "rightsinfo"})
    return answer["query"].get("rightsinfo", {}).get("text", "")


def _get(url: str, params: dict[str, Any], headers: dict[str, str]) -> SimpleNamespace:
    """MediaWiki's answer, in place of `requests.get`; raises as `bounded_wikipedia` says."""
    try:
        payload = _checked(_fetch(f"{url}?{urlencode(params, errors='replace')}"), params)
    except WikipediaError as error:
        _log.warning("%s asked for %s: %s (%s)", url, params, error, error.__cause__)
        raise
    return SimpleNamespace(json=lambda: payload)  # the one thing that the package wants of it


def _fetch(url: str) -> bytes:
    """The body of an answer. libcurl's time limit covers every phase of a request.

    A read timeout, all that `requests` has, lets a server that sends one byte a second go on for
    ever.
    """
    budget = _budget.get()
    if budget is None:
        raise RuntimeError("the wikipedia package was called outside of `bounded_wikipedia()`")
    budget.requests -= 1
    left_s = budget.until_s - time.monotonic()
    if left_s <= 0:
        raise WikipediaTimeout("Wikipedia did not answer in time")
    if budget.requests < 0:
        raise WikipediaError(f"Wikipedia took more than {MAX_REQUESTS} requests")
    body, headers = bytearray(), dict[str, str]()

    def keep(chunk: bytes) -> int | None:
        body.extend(chunk)
        return -1 if len(body) > MAX_ANSWER_BYTES else None  # -1 ends the transfer

    def keep_header(line: bytes) -> None:
        if line.startswith(b"HTTP/"):
            headers.clear()  # those before were of a redirect
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()

    if not hasattr(_this_thread, "curl"):
        _this_thread.curl = pycurl.Curl()  # it keeps connections, for this thread's next request
    curl = _this_thread.curl
    options = {
        pycurl.URL: url,
        pycurl.USERAGENT: USER_AGENT.format(contact=settings().wikipedia_contact).encode(),
        pycurl.TIMEOUT_MS: math.ceil(1000 * left_s),  # 0 would be no limit
        pycurl.CONNECTTIMEOUT_MS: int(1000 * CONNECT_TIMEOUT_S),
        pycurl.FOLLOWLOCATION: True,
        pycurl.MAXREDIRS: MAX_REDIRECTS,
        pycurl.ACCEPT_ENCODING: "",  # all that this libcurl can unpack
        pycurl.CAINFO: certifi.where(),
        pycurl.NOSIGNAL: True,
        pycurl.WRITEFUNCTION: keep,
        pycurl.HEADERFUNCTION: keep_header,
    }
    for option, value in options.items():
        curl.setopt(option, value)
    try:
        curl.perform()
        status = curl.getinfo(pycurl.RESPONSE_CODE)
    except pycurl.error as error:
        if error.args[0] == pycurl.E_OPERATION_TIMEDOUT:
            raise WikipediaTimeout("Wikipedia did not answer in time") from error
        reasons = {
            pycurl.E_TOO_MANY_REDIRECTS: f"redirects more than {MAX_REDIRECTS} times",
            pycurl.E_WRITE_ERROR: f"sent more than {MAX_ANSWER_BYTES:,} bytes",
        }
        reason = reasons.get(error.args[0], "cannot be reached, or broke off its answer")
        raise WikipediaError(f"Wikipedia {reason}") from error
    finally:
        curl.reset()  # lets go of the body, and keeps the connections
    if status != 200:
        retry_after = headers.get("retry-after", "")  # any bytes, which could not be sent on
        is_clean = retry_after.isascii() and retry_after.isprintable()
        raise WikipediaError(f"Wikipedia answered {status}", retry_after if is_clean else None)
    return bytes(body)


class _Step(BaseModel):
    source: str = Field(alias="from")
    to: str


class _Hit(BaseModel):
    title: str = Field(min_length=1)


class _Page(BaseModel):
    title: str = ""
    fullurl: str = ""
    extract: str = ""
    revisions: list[dict[str, str | int]] = Field([{}], min_length=1)


class _Query(BaseModel):
    """The types of what the package, and this module, read of an answer's `query`."""

    search: list[_Hit] = []
    normalized: list[_Step] = []
    redirects: list[_Step] = []
    pages: dict[str, _Page] = {}
    rightsinfo: dict[str, str] = {}


class _Answer(dict[str, Any]):
    """A part of an answer. What the package looks for in vain makes a page unusable."""

    def __missing__(self, key: str) -> Any:
        if key == "suggestion":
            return None
        if key in ("links", "categories"):
            return []  # a page without any
        raise UnusablePage(f"Wikipedia's answer lacks {key!r}")


def _checked(body: bytes, params: dict[str, Any]) -> Any:
    """The answer, once it is one of MediaWiki's, and leads the package nowhere in a circle."""
    try:
        # Stricter than the module json: half of a Unicode character, which no answer of ours could
        # pass on, and lists nested deeper than Python's stack are ValueErrors, too.
        payload = _JSON.validate_json(body)
    except ValueError as error:
        raise WikipediaError("Wikipedia did not send JSON: is it a MediaWiki's api.php?") from error
    if isinstance(payload, dict) and "error" in payload:
        raise WikipediaError("Wikipedia refused the request") from ValueError(payload["error"])
    if not isinstance(payload, dict) or not payload.keys() & {"query", "batchcomplete"}:
        raise WikipediaError("Wikipedia sent JSON without 'query': is it a MediaWiki's api.php?")
    if re.search(r"Unrecognized value.*\bextracts\b", str(payload.get("warnings", ""))):
        raise WikipediaError("This Wikipedia lacks the extension TextExtracts, which is needed")
    try:
        query = _Query.model_validate(payload.get("query", {}))
    except ValidationError as error:
        raise WikipediaError("Wikipedia sent JSON of an unknown shape") from error
    if params.keys() & {"titles", "pageids"} and "generator" not in params:
        _check_way(query, params.get("titles"))
        if "exintro" not in params and "extracts" in params.get("prop", ""):
            _check_text(query)
    return _parts(payload)


def _parts(value: Any) -> Any:
    if isinstance(value, dict):
        return _Answer({key: _parts(part) for key, part in value.items()})
    return [_parts(part) for part in value] if isinstance(value, list) else value


def _check_way(query: _Query, title: str | None) -> None:
    """Refuse a page behind a redirect that the package would follow for ever, or not understand."""
    # It asserts that the first redirect begins where the title, or its normal form, is.
    place, seen = title, set()
    for step in query.normalized[:1] + query.redirects if query.redirects else []:
        if step.source != place:
            raise UnusablePage(f"Wikipedia redirects {title!r} in an odd way")
        seen.add(step.source)
        place = step.to
    if place in seen or not query.pages:
        raise UnusablePage(f"Wikipedia redirects {title!r} in a circle, or to another wiki")


def _check_text(query: _Query) -> None:
    if not any(page.extract.strip() for page in query.pages.values()):
        raise UnusablePage("Wikipedia has no text for this page")


class _NoCache(dict):
    """Forgets at once: a service must neither grow with its users nor answer with old articles."""

    def __setitem__(self, key: str, value: object) -> None:
        pass
