"""What the Wikipedia NLP API makes of odd requests and of odd articles, over HTTP."""

import pytest
import requests
from pydantic import HttpUrl

from course_lib.support.settings import settings
from course_lib.support.wiki.problems import no_article
from course_lib.wikipedia_nlp_api import MAX_ENTITIES
from tests.conftest import Api
from tests.problems import assert_problem
from tests.small_wiki import HOSTILE_TEXT, HOSTILE_TITLE, NEGATIVE_TITLE
from tests.waiting import LONG_S


class TestBadRequests:
    @pytest.mark.parametrize(
        ("term", "status"),
        [
            ("", 422),
            (" \t\n ", 422),
            ("x" * 301, 422),
            ("x" * 300, 404),
            ("a\x00b", 422),
            ("a\x1bb", 422),
            ("🦄🦄🦄", 404),
            ('"AND OR NOT NEAR(" *', 404),
            ("'; DROP TABLE xylophones; --", 404),
            ("<script>alert(1)</script>", 404),
            ("{title}: ^x* + -y title:z NEAR(q w, 2)", 404),
            ("a\r\nX-Header: b", 422),
            ("\u202ecisyhp", 404),
            ("xylophonist from Mars", 404),
            ("β-xylophone", 404),
        ],
    )
    def test_a_search_term(self, nlp: Api, term: str, status: int) -> None:
        problem = assert_problem(nlp.get(term), status)
        if status == 422:
            assert problem["type"] == "about:blank"
            assert problem["errors"][0]["parameter"] == "search_term"
        else:
            assert problem["detail"] == f"Wikipedia has no article for {term!r}."

    @pytest.mark.parametrize("term", ["物理学", "Физика", "φυσική 42"])
    def test_a_search_term_in_another_script(self, nlp: Api, term: str) -> None:
        detail = assert_problem(nlp.get(term), 404)["detail"]
        assert detail.startswith(
            f"Wikipedia has no article for {term!r}. It was searched in English"
        )
        assert "WIKIPEDIA_API_URL=https://zh.wikipedia.org/w/api.php" in detail

    @pytest.mark.parametrize("query", ["", "?max_entities=3"])
    def test_no_search_term(self, nlp: Api, query: str) -> None:
        response = requests.get(f"{nlp.url}/summarize{query}", timeout=LONG_S)
        assert assert_problem(response, 422)["errors"][0]["parameter"] == "search_term"

    @pytest.mark.parametrize("limit", ["-1", str(MAX_ENTITIES + 1), "<b>", "1.5", ""])
    def test_max_entities(self, nlp: Api, limit: str) -> None:
        problem = assert_problem(nlp.get("physicist", max_entities=limit), 422)
        assert problem["errors"][0]["parameter"] == "max_entities"

    def test_bytes_that_are_no_text(self, nlp: Api) -> None:
        response = requests.get(f"{nlp.url}/summarize?search_term=%ff%fe", timeout=LONG_S)
        assert_problem(response, 404)

    def test_an_unknown_path_and_method(self, nlp: Api) -> None:
        assert_problem(requests.get(f"{nlp.url}/nothing", timeout=LONG_S), 404)
        assert_problem(requests.delete(f"{nlp.url}/summarize", timeout=LONG_S), 405)


class TestOddArticles:
    def test_the_next_real_article_is_taken_after_a_disambiguation_page(self, odd: Api) -> None:
        assert odd.get("Mercury").json()["title"] == "Mercury (planet)"

    def test_only_disambiguation_pages_are_a_404_with_the_options(self, odd: Api) -> None:
        problem = assert_problem(odd.get("Springfield"), 404)
        assert "several" in problem["detail"]
        assert problem["options"] == ["Capital of Illinois"]  # the other page does not exist

    def test_one_sentence(self, odd: Api) -> None:
        answer = odd.get("Tiny place").json()
        assert answer["summary"] == "Tiny place is a village near Berlin in Germany."
        assert not answer["truncated"]

    def test_no_entity(self, odd: Api) -> None:
        assert odd.get("Porridge").json()["named_entities"] == []

    def test_200_kilobytes(self, odd: Api) -> None:
        answer = odd.get("Endless story").json()
        assert answer["truncated"]
        assert len(answer["summary"]) < 2_000

    def test_no_text_is_no_article(self, odd: Api) -> None:
        assert_problem(odd.get("Empty page"), 404)

    def test_hostile_text_is_text(self, odd: Api) -> None:
        response = odd.get(HOSTILE_TITLE)
        assert response.headers["Content-Type"] == "application/json"
        assert response.json()["title"] == HOSTILE_TITLE
        assert response.json()["summary"] == HOSTILE_TEXT

    def test_hostile_text_in_an_error_is_text(self, odd: Api) -> None:
        refusal = assert_problem(odd.get(NEGATIVE_TITLE), 422)
        assert refusal["article"] == NEGATIVE_TITLE
        assert repr(NEGATIVE_TITLE) in refusal["detail"]
        choice = assert_problem(odd.get("Choice"), 404)
        assert choice["options"] == [HOSTILE_TITLE, NEGATIVE_TITLE]


def test_a_wikipedia_in_another_language_is_searched_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    chinese = HttpUrl("https://zh.wikipedia.org/w/api.php")
    monkeypatch.setattr(settings(), "wikipedia_api_url", chinese)
    assert no_article("物理学").details.detail == "Wikipedia has no article for '物理学'."
