"""Makes the `wikipedia` package fit for a service: bounded in time, bytes, redirects and memory.

The package calls `requests.get` with no timeout, keeps every answer for ever, and takes the shape
of an answer for granted. Inside `with bounded_wikipedia():` its requests end in time, and what
comes back is checked, so that all that the package raises there is its own PageError and
DisambiguationError, or a WikipediaError. That says what went wrong and names no address: those are
in the log.
"""

import contextlib
import logging
import threading
import time
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import certifi
import pycurl
import wikipedia.wikipedia
from bs4 import BeautifulSoup, GuessedAtParserWarning
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from course_lib.support.settings import settings

MAX_ANSWER_BYTES = 8_000_000
MAX_REDIRECTS = 5
CONNECT_TIMEOUT_S = 3.0
USER_AGENT = "course-lib/0.1 (a course on Ray Serve; contact: {contact})"

_log = logging.getLogger("ray.serve")  # in a replica, its log file
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
_this_thread = threading.local()
_JSON: TypeAdapter[Any] = TypeAdapter(Any)
# What the package reads of a page, by the property that it asks for.
_READ = {"info": "fullurl", "extracts": "extract", "revisions": "revisions"}


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


@contextlib.contextmanager
def bounded_wikipedia() -> Iterator[None]:
    """All requests of the `wikipedia` package inside the block end in time, together.

    The limit is the setting WIKIPEDIA_TIMEOUT_S, in seconds. The package's calls raise:

        WikipediaTimeout: the time was over.
        UnusablePage: a page that leads to another wiki or in a circle, or has no text.
        WikipediaError: no connection, or not the answer of a MediaWiki.
    """
    package = wikipedia.wikipedia
    package.requests = SimpleNamespace(get=_get)
    package.API_URL = str(settings().wikipedia_api_url)
    for function in (package.search, package.suggest, package.summary):
        function._cache = _NoCache()
    # The package reads a disambiguation page with BeautifulSoup and names no parser.
    warnings.filterwarnings("ignore", category=GuessedAtParserWarning)
    token = _deadline.set(time.monotonic() + settings().wikipedia_timeout_s)
    try:
        yield
    finally:
        _deadline.reset(token)


def linked_titles(title: str) -> list[str]:
    """The existing pages that a disambiguation page offers, by title; the first of each line.

    The package's own `DisambiguationError.options` are the words of the links.
    """
    answer = wikipedia.wikipedia._wiki_request(
        {"prop": "revisions", "rvprop": "content", "rvparse": "", "rvlimit": 1, "titles": title}
    )
    (page,) = answer["query"]["pages"].values()
    lines = BeautifulSoup(page["revisions"][0].get("*", ""), "html.parser").find_all("li")
    links = [line.select_one("a[title]:not(.new, .external, .extiw)") for line in lines]
    return list(dict.fromkeys(str(link["title"]) for link in links if link))


@cache
def wiki_license() -> str:
    """The licence of the wiki's text, as the wiki states it; empty where it states none."""
    answer = wikipedia.wikipedia._wiki_request({"meta": "siteinfo", "siprop": "rightsinfo"})
    return answer["query"].get("rightsinfo", {}).get("text", "")


class _Step(BaseModel):
    source: str = Field(alias="from")
    to: str


class _Hit(BaseModel):
    title: str


class _Revision(BaseModel):
    revid: int = 0
    parentid: int = 0


class _Page(BaseModel):
    title: str = ""
    fullurl: str | None = None
    extract: str | None = None
    revisions: list[_Revision] | None = Field(None, min_length=1)
    missing: Any = None
    invalid: Any = None


class _Query(BaseModel):
    """What the package, and this module, take for granted of an answer's `query`."""

    search: list[_Hit] = []
    normalized: list[_Step] = []
    redirects: list[_Step] = []
    pages: dict[str, _Page] = {}
    rightsinfo: dict[str, str] = {}


def _get(url: str, params: dict[str, Any], headers: dict[str, str]) -> SimpleNamespace:
    """MediaWiki's answer, in place of `requests.get`; raises as `bounded_wikipedia` says."""
    try:
        payload = _checked(_fetch(f"{url}?{urlencode(params)}"), params)
    except WikipediaError as error:
        _log.warning("%s asked for %s: %s (%s)", url, params, error, error.__cause__)
        raise
    return SimpleNamespace(json=lambda: payload)  # the one thing that the package wants of it


def _fetch(url: str) -> bytes:
    """The body of an answer. libcurl's time limit covers every phase of a request.

    A read timeout, all that `requests` has, lets a server that sends one byte a second go on for
    ever.
    """
    left_s = (_deadline.get() or time.monotonic()) - time.monotonic()
    if left_s <= 0:
        raise WikipediaTimeout("Wikipedia did not answer in time")
    body, headers = bytearray(), dict[str, str]()

    def keep(chunk: bytes) -> int | None:
        body.extend(chunk)
        return -1 if len(body) > MAX_ANSWER_BYTES else None  # -1 ends the transfer

    def keep_header(line: bytes) -> None:
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()

    # A handle keeps its connections, for the next request of this thread.
    curl = _this_thread.__dict__.setdefault("curl", pycurl.Curl())
    options = {
        pycurl.URL: url,
        pycurl.USERAGENT: USER_AGENT.format(contact=settings().wikipedia_contact),
        pycurl.TIMEOUT_MS: max(int(1000 * left_s), 1),
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
    except pycurl.error as error:
        if error.args[0] == pycurl.E_OPERATION_TIMEDOUT:
            raise WikipediaTimeout("Wikipedia did not answer in time") from error
        reasons = {
            pycurl.E_TOO_MANY_REDIRECTS: f"redirects more than {MAX_REDIRECTS} times",
            pycurl.E_WRITE_ERROR: f"sent more than {MAX_ANSWER_BYTES:,} bytes",
        }
        reason = reasons.get(error.args[0], "cannot be reached, or broke off its answer")
        raise WikipediaError(f"Wikipedia {reason}") from error
    status = curl.getinfo(pycurl.RESPONSE_CODE)
    if status != 200:
        retry_after = headers.get("retry-after", "")  # any bytes, which could not be sent on
        raise WikipediaError(
            f"Wikipedia answered {status}", retry_after if retry_after.isascii() else None
        )
    return bytes(body)


def _checked(body: bytes, params: dict[str, Any]) -> dict[str, Any]:
    """The answer, once it holds all that the package reads of it."""
    try:
        # Stricter than the module json: half of a Unicode character, which no answer of ours could
        # pass on, and lists nested deeper than Python's stack are ValueErrors, too.
        payload = _JSON.validate_json(body)
    except ValueError as error:
        raise WikipediaError("Wikipedia did not send JSON: is it a MediaWiki's api.php?") from error
    if isinstance(payload, dict) and "error" in payload:
        raise WikipediaError("Wikipedia refused the request") from ValueError(payload["error"])
    if not isinstance(payload, dict) or "query" not in payload:
        raise WikipediaError("Wikipedia sent JSON without 'query': is it a MediaWiki's api.php?")
    try:
        query = _Query.model_validate(payload["query"])
    except ValidationError as error:
        raise WikipediaError("Wikipedia sent JSON of an unknown shape") from error
    if title := params.get("titles"):
        _check_way(query, str(title))
        wanted = [_READ[name] for name in str(params.get("prop", "")).split("|") if name in _READ]
        if "extracts" in str(payload.get("warnings", "")):
            raise WikipediaError("This Wikipedia lacks the extension TextExtracts, which is needed")
        for page in query.pages.values():
            lacking = [name for name in wanted if getattr(page, name) is None]
            if page.missing is None and (lacking or page.invalid is not None):
                raise UnusablePage(f"Wikipedia's page {title!r} has no {lacking or 'valid title'}")
    return payload


def _check_way(query: _Query, title: str) -> None:
    """Refuse a page behind a redirect that the package would follow for ever, or not understand."""
    place, seen = title, set()
    for step in query.normalized[:1] + query.redirects:
        if step.source != place or step.source in seen:
            raise UnusablePage(f"Wikipedia redirects {title!r} in an odd way")
        seen.add(step.source)
        place = step.to
    if place in seen or not query.pages:
        raise UnusablePage(f"Wikipedia redirects {title!r} in a circle, or to another wiki")


class _NoCache(dict):
    """Forgets at once: a service must neither grow with its users nor answer with old articles."""

    def __setitem__(self, key: str, value: object) -> None:
        pass
