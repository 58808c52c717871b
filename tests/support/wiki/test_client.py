"""The `wikipedia` package against a server that misbehaves: all ends in time, as one error."""

import time
from collections.abc import Iterator

import pytest
import wikipedia

from course_lib.support.wiki import client
from course_lib.support.wiki.client import (
    WikipediaError,
    WikipediaTimeout,
    bounded_wikipedia,
    wiki_license,
)
from tests.faulty_wikipedia import FAULTS, serve_faulty_wikipedia

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


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("slow", WikipediaTimeout, "in time"),
        ("drip-headers", WikipediaTimeout, "in time"),
        ("drip-body", WikipediaTimeout, "in time"),
        ("html", WikipediaError, "did not send JSON"),
        ("no-query", WikipediaError, "without 'query'"),
        ("odd-shape", WikipediaError, "unknown shape"),
        ("redirects", WikipediaError, "redirects more than 5 times"),
        ("too-many", WikipediaError, "429"),
        ("huge", WikipediaError, "more than 8,000,000 bytes"),
        ("closes", WikipediaError, "cannot be used"),
        ("error", WikipediaError, "refused the request: out of order"),
    ],
)
def test_a_fault_ends_in_time_as_a_clear_error(fault: str, error: type, words: str) -> None:
    started = time.monotonic()
    with pytest.raises(WikipediaError, match=words) as caught:
        search(f"fault:{fault}")
    assert type(caught.value) is error
    assert time.monotonic() - started < 2 * LIMIT_S


def test_every_fault_is_tested() -> None:
    tested = test_a_fault_ends_in_time_as_a_clear_error.pytestmark[0].args[1]
    assert {case[0] for case in tested} == set(FAULTS)


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


def test_retry_after_is_kept() -> None:
    with pytest.raises(WikipediaError) as caught:
        search("fault:too-many")
    assert caught.value.retry_after == "7"


def test_a_user_agent_with_a_contact_is_sent_and_nothing_is_cached(
    faulty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = search("echo"), search("echo")
    assert first[0].startswith("course-lib/")
    assert "contact" in first[0]
    assert first[1] != second[1], "the second answer came from a cache"


def test_the_licence_is_the_wikis_own() -> None:
    wiki_license.cache_clear()
    assert wiki_license() == "A licence"
    wiki_license.cache_clear()
