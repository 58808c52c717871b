"""The `wikipedia` package against a server that misbehaves: all ends in time, as one error."""

import contextlib
import socket
import time
import tracemalloc
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import wikipedia

from course_lib.support.wiki import client
from course_lib.support.wiki.client import (
    WikipediaError,
    WikipediaTimeout,
    bounded_wikipedia,
    wiki_license,
)
from tests.faulty_wikipedia import FAULTS, UNPACKED_BYTES, serve_faulty_wikipedia

LIMIT_S = 1.0


@pytest.fixture(scope="module")
def faulty() -> Iterator[str]:
    with serve_faulty_wikipedia() as url:
        yield url


@pytest.fixture(autouse=True)
def _short_limit(faulty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wikipedia.wikipedia, "API_URL", faulty)
    monkeypatch.setattr(client.settings(), "wikipedia_timeout_s", LIMIT_S)


def search(term: str) -> list[str]:
    with bounded_wikipedia():
        return wikipedia.search(term)


def search_and_read(term: str) -> None:
    with bounded_wikipedia():
        for title in wikipedia.search(term):
            wikipedia.page(title, auto_suggest=False)


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("slow", WikipediaTimeout, "in time"),
        ("drip-headers", WikipediaTimeout, "in time"),
        ("drip-body", WikipediaTimeout, "in time"),
        ("html", WikipediaError, "did not send JSON"),
        ("plain-text", WikipediaError, "did not send JSON"),
        ("cut-json", WikipediaError, "did not send JSON"),
        ("cut-body", WikipediaError, "cannot be used"),
        ("deep-json", WikipediaError, "did not send JSON"),
        ("half-a-character", WikipediaError, "did not send JSON"),
        ("no-query", WikipediaError, "without 'query'"),
        ("odd-shape", WikipediaError, "unknown shape"),
        ("no-title", WikipediaError, "unknown shape"),
        ("redirects", WikipediaError, "redirects more than 5 times"),
        ("too-many", WikipediaError, "429"),
        ("odd-headers", WikipediaError, r"429 Too \? many"),
        ("huge", WikipediaError, "more than 8,000,000 bytes"),
        ("huge-unpacked", WikipediaError, "more than 8,000,000 bytes"),
        ("closes", WikipediaError, "cannot be used"),
        ("error", WikipediaError, "refused the request: out of order"),
    ],
)
def test_a_fault_ends_in_time_as_a_clear_error(fault: str, error: type, words: str) -> None:
    started = time.monotonic()
    with pytest.raises(WikipediaError, match=words) as caught:
        search_and_read(f"fault:{fault}")
    assert type(caught.value) is error
    assert time.monotonic() - started < 2 * LIMIT_S


def test_every_fault_is_tested() -> None:
    tested = test_a_fault_ends_in_time_as_a_clear_error.pytestmark[0].args[1]
    assert {case[0] for case in tested} == set(FAULTS)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # the one too many
def test_a_page_that_redirects_to_itself_ends_before_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client.settings(), "wikipedia_timeout_s", 60)
    with pytest.raises(WikipediaError, match="unknown shape: RecursionError"):
        search_and_read("fault:circle")


def test_an_answer_that_is_huge_when_it_is_unpacked_takes_no_memory() -> None:
    tracemalloc.start()
    with pytest.raises(WikipediaError):
        search("fault:huge-unpacked")
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes < 3 * client.MAX_ANSWER_BYTES < UNPACKED_BYTES


def test_the_limit_covers_all_requests_of_a_block_together() -> None:
    started = time.monotonic()
    with bounded_wikipedia():
        for _ in range(5):
            with pytest.raises(WikipediaTimeout):
                wikipedia.search("fault:slow")
    assert time.monotonic() - started < 2 * LIMIT_S


def test_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wikipedia.wikipedia, "API_URL", "http://127.0.0.1:9/w/api.php")
    with pytest.raises(WikipediaError, match="cannot be used"):
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
        monkeypatch.setattr(wikipedia.wikipedia, "API_URL", f"http://127.0.0.1:{port}/w/api.php")
        with pytest.raises(WikipediaTimeout):
            search("physicist")


def test_the_first_request_works_when_wikipedia_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_faulty_wikipedia() as url:
        monkeypatch.setattr(wikipedia.wikipedia, "API_URL", url)
        search("echo")
    with pytest.raises(WikipediaError, match="cannot be used"):
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
    """An odd answer is not remembered for it."""
    wiki_license.cache_clear()
    with monkeypatch.context() as odd:
        odd.setattr("tests.faulty_wikipedia.LICENCE", {"url": "", "text": None})
        with pytest.raises(WikipediaError, match="unknown shape"), bounded_wikipedia():
            wiki_license()
    assert wiki_license() == "A licence"
    wiki_license.cache_clear()
