"""The `wikipedia` package against a server that misbehaves: all ends in time, as one error."""

import contextlib
import itertools
import json
import logging
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import wikipedia

from course_lib.support.settings import settings
from course_lib.support.wiki import client
from course_lib.support.wiki.client import (
    UnusablePage,
    WikipediaError,
    WikipediaTimeout,
    bounded_wikipedia,
    wiki_license,
)
from tests.faulty_wikipedia import (
    FAULTS,
    ODD_PAGES,
    UNPACKED_BYTES,
    serve_faulty_wikipedia,
    slow_seen,
)
from tests.waiting import wait_until

LIMIT_S = 1.0


@pytest.fixture(scope="module")
def faulty() -> Iterator[str]:
    with serve_faulty_wikipedia() as url:
        yield url


@pytest.fixture(autouse=True)
def _short_limit(faulty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "wikipedia_api_url", faulty)
    monkeypatch.setattr(settings(), "wikipedia_timeout_s", LIMIT_S)


def search(term: str) -> list[str]:
    with bounded_wikipedia():
        return wikipedia.search(term)


def search_and_read(term: str) -> None:
    with bounded_wikipedia():
        for title in wikipedia.search(term):
            assert wikipedia.page(title, auto_suggest=False).content


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("slow", WikipediaTimeout, "in time"),
        ("drip-headers", WikipediaTimeout, "in time"),
        ("drip-body", WikipediaTimeout, "in time"),
        ("html", WikipediaError, "did not send JSON"),
        ("plain-text", WikipediaError, "did not send JSON"),
        ("cut-json", WikipediaError, "did not send JSON"),
        ("cut-body", WikipediaError, "broke off its answer"),
        ("deep-json", WikipediaError, "did not send JSON"),
        ("half-a-character", WikipediaError, "did not send JSON"),
        ("no-query", UnusablePage, "lacks 'query'"),
        ("odd-shape", WikipediaError, "unknown shape"),
        ("no-title", WikipediaError, "unknown shape"),
        ("redirects", WikipediaError, "redirects more than 5 times"),
        ("too-many", WikipediaError, "429"),
        ("odd-headers", WikipediaError, "429"),
        ("huge", WikipediaError, "more than 8,000,000 bytes"),
        ("huge-unpacked", WikipediaError, "more than 8,000,000 bytes"),
        ("closes", WikipediaError, "broke off its answer"),
        ("error", WikipediaError, "refused the request"),
        ("no-extracts", WikipediaError, "lacks the extension TextExtracts"),
    ],
)
def test_a_fault_ends_in_time_as_a_clear_error(fault: str, error: type, words: str) -> None:
    with pytest.raises(WikipediaError, match=words) as caught:
        search_and_read(f"fault:{fault}")
    assert type(caught.value) is error
    assert "127.0.0.1" not in str(caught.value)


def test_every_fault_is_tested() -> None:
    tested = test_a_fault_ends_in_time_as_a_clear_error.pytestmark[0].args[1]
    assert {case[0] for case in tested} == set(FAULTS)


@pytest.mark.parametrize("page", ODD_PAGES)
def test_an_odd_page_is_told_from_a_wikipedia_that_fails(page: str) -> None:
    with pytest.raises(UnusablePage):
        search_and_read(f"odd:{page}")


ODD_ANSWERS = {
    "no search": {"query": {}},
    "a hit without a title": {"query": {"search": [{"title": ""}]}},
    "no page": {"query": {"search": [{"title": "A"}]}},
    "another page": {"query": {"search": [{"title": "A"}], "pages": {"7": {"title": "A"}}}},
    "no number": {
        "query": {
            "search": [{"title": "A"}],
            "pages": {"7": {"title": "A", "fullurl": "u", "extract": "x", "revisions": [{}]}},
        }
    },
    "no revision": {
        "query": {
            "search": [{"title": "A"}],
            "pages": {"7": {"title": "A", "pageprops": {"disambiguation": ""}, "revisions": []}},
        }
    },
    "a revision of another type": {
        "query": {
            "search": [{"title": "A"}],
            "pages": {"7": {"pageprops": {}, "revisions": [{"*": None}]}},
        }
    },
    "a fresh redirect each time": {"query": {"search": [{"title": "A"}]}},
}


@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_whatever_an_answer_lacks_is_an_error_of_ours(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = itertools.count()

    def answer(url: str) -> bytes:
        odd = json.loads(json.dumps(ODD_ANSWERS[name]))
        asked = parse_qs(urlsplit(url).query)
        if name == "a fresh redirect each time" and "titles" in asked:
            step = {"from": asked["titles"][0], "to": f"B{next(numbers)}"}
            odd["query"] |= {"redirects": [step], "pages": {"1": {}}}
        return json.dumps(odd).encode()

    monkeypatch.setattr(client, "_fetch", bounded(answer))
    with pytest.raises(WikipediaError):
        search_and_read("x")


def bounded(answer: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """Answers in place of a server, as many as a block may ask for."""
    left = iter(range(client.MAX_REQUESTS))

    def fetch(url: str) -> bytes:
        if next(left, None) is None:
            raise WikipediaError("too many requests")
        return answer(url)

    return fetch


def test_a_page_without_links_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    page = {"title": "A", "fullurl": "u", "extract": "x", "revisions": [{"revid": 1}]}
    answer = json.dumps({"batchcomplete": "", "query": {"pages": {"7": page}}}).encode()
    monkeypatch.setattr(client, "_fetch", lambda url: answer)
    with bounded_wikipedia():
        found = wikipedia.page("A", auto_suggest=False)
        assert (found.links, found.categories) == ([], [])


def test_a_warning_of_the_extension_is_no_sign_that_it_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = {
        "title": "A",
        "fullurl": "u",
        "extract": "x",
        "revisions": [{"revid": 1, "parentid": 0}],
    }
    warnings = {"extracts": {"*": '"exlimit" was too large for a whole article extracts request'}}
    answer = json.dumps({"warnings": warnings, "query": {"pages": {"7": page}}}).encode()
    monkeypatch.setattr(client, "_fetch", lambda url: answer)
    with bounded_wikipedia():
        assert wikipedia.page("A", auto_suggest=False).content == "x"


def test_a_block_may_ask_so_often() -> None:
    with bounded_wikipedia():
        for _ in range(client.MAX_REQUESTS):
            wikipedia.search("echo")
        with pytest.raises(WikipediaError, match="more than 100 requests"):
            wikipedia.search("echo")


def test_nothing_is_asked_outside_of_a_block() -> None:
    search("echo")
    with pytest.raises(RuntimeError, match="outside of"):
        wikipedia.search("echo")


def test_a_contact_may_have_any_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "wikipedia_contact", "Jürgen")
    assert search("echo")


def test_an_error_of_the_caller_stays_what_it_is() -> None:
    with pytest.raises(TypeError), bounded_wikipedia():
        len(wikipedia.search("echo")[0], 1)


def test_the_address_and_the_cause_go_to_the_log(
    faulty: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("ray.serve"), "propagate", True)
    with caplog.at_level("WARNING", "ray.serve"), pytest.raises(WikipediaError):
        search("fault:error")
    assert faulty in caplog.text
    assert "out of order" in caplog.text


def test_an_answer_that_is_huge_when_it_is_unpacked_takes_no_memory() -> None:
    tracemalloc.start()
    with pytest.raises(WikipediaError):
        search("fault:huge-unpacked")
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes < 3 * client.MAX_ANSWER_BYTES < UNPACKED_BYTES


def test_the_limit_covers_all_requests_of_a_block_together() -> None:
    """Once the time is over nothing is sent any more."""

    def seen() -> int:  # by the number of results, which no other test asks for
        return sum("srlimit=7&" in path for path in slow_seen)

    with bounded_wikipedia():
        for _ in range(5):
            with pytest.raises(WikipediaTimeout):
                wikipedia.search("fault:slow", results=7)
    wait_until(seen, "the first request arrives")
    assert seen() == 1


def test_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "wikipedia_api_url", "http://127.0.0.1:9/w/api.php")
    with pytest.raises(WikipediaError, match="cannot be reached"):
        search("physicist")


def test_nobody_accepts_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full queue of connections, or a firewall that answers nothing."""
    with socket.socket() as listener, contextlib.ExitStack() as queue:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        port = listener.getsockname()[1]
        monkeypatch.setattr(settings(), "wikipedia_api_url", f"http://127.0.0.1:{port}/w/api.php")
        with pytest.raises(WikipediaTimeout):
            search("physicist")


def test_the_first_request_works_when_wikipedia_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_faulty_wikipedia() as url:
        monkeypatch.setattr(settings(), "wikipedia_api_url", url)
        search("echo")
    with pytest.raises(WikipediaError, match="cannot be reached"):
        search("echo")
    with serve_faulty_wikipedia(port=urlsplit(url).port):
        assert search("echo")


@pytest.mark.parametrize(("fault", "kept"), [("too-many", "7"), ("odd-headers", None)])
def test_retry_after_is_kept_where_it_can_be_sent_on(fault: str, kept: str | None) -> None:
    with pytest.raises(WikipediaError) as caught:
        search(f"fault:{fault}")
    assert caught.value.retry_after == kept


def test_a_user_agent_with_a_contact_is_sent_and_nothing_is_cached(
    faulty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = search("echo"), search("echo")
    assert first[0].startswith("course-lib/")
    assert "contact" in first[0]
    assert first[1] != second[1], "the second answer came from a cache"


def test_the_licence_is_the_wikis_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """An odd answer is not remembered for it; a wiki that states none has none."""
    wiki_license.cache_clear()
    with monkeypatch.context() as odd, bounded_wikipedia():
        odd.setattr("tests.faulty_wikipedia.LICENCE", {"rightsinfo": {"url": "", "text": None}})
        with pytest.raises(WikipediaError, match="unknown shape"):
            wiki_license()
    with bounded_wikipedia():
        assert wiki_license() == "A licence"
    wiki_license.cache_clear()
    monkeypatch.setattr("tests.faulty_wikipedia.LICENCE", {"general": {}})
    with bounded_wikipedia():
        assert wiki_license() == ""
    wiki_license.cache_clear()
