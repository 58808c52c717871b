"""Articles whose text and titles would harm a careless reader: through import, search and API."""

import html
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup

from course_lib.support.wiki.importer import import_dump
from tests.conftest import serve_wikipedia
from tests.support.wiki.dumps import page, write_dump
from tests.waiting import LONG_S

# By title: each a title that a page can have, and a text that says it, too.
TEXTS = {
    "Script": '<script>alert("1")</script> <img src=x onerror=alert(2)> <a href="javascript:3">',
    "'; DROP TABLE page; --": "'; DROP TABLE page; -- \" OR 1=1; DELETE FROM article",
    '"AND" OR NOT NEAR(a* b, 2)': '"AND" OR NOT NEAR(a* b, 2) ^c title:d {intro} : e -f +g',
    "Nul": "one &#0; two &#xD800; three &#2; four %00 five \\0",
    "\u05d0\u05d1": "\u202egnp.exe\u202c \u200f\u05d0\u05d1",
    "Alert('x') & \"y\"": "${x} $(x) `x` {% x %} %s %n file:///etc/passwd",
}
Ask = Callable[..., dict[str, Any]]


def as_wikitext(text: str) -> str:
    """The source that shows this text. References to what is no character show themselves."""
    return html.escape(text, quote=False).replace("&amp;#", "&#")


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """A function that asks a server of these articles, whose every answer is JSON."""
    folder = tmp_path_factory.mktemp("hostile")
    pages = (
        page(number, title, f"This page says {as_wikitext(text)} to everybody.")
        for number, (title, text) in enumerate(TEXTS.items(), 1)
    )
    import_dump(write_dump(folder / "dump.xml", *pages), folder / "wiki.sqlite3")

    with serve_wikipedia(folder / "wiki.sqlite3") as url:

        def ask(**parameters: str) -> dict[str, Any]:
            default = {"action": "query", "format": "json"}
            response = requests.get(url, params=default | parameters, timeout=LONG_S)
            assert response.status_code == 200
            assert response.headers["Content-Type"] == "application/json"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            return response.json()

        yield ask


def only_page(answer: dict[str, Any]) -> dict[str, Any]:
    (found,) = answer["query"]["pages"].values()
    return found


@pytest.mark.parametrize("title", TEXTS)
def test_a_text_comes_out_as_it_went_in(title: str, ask: Ask) -> None:
    found = only_page(ask(titles=title, prop="extracts|info", explaintext="", inprop="url"))
    assert found["title"] == title
    assert found["extract"] == f"This page says {TEXTS[title]} to everybody."
    assert not set(found["fullurl"]) & set('<>" \u202e')


@pytest.mark.parametrize("title", TEXTS)
def test_its_search_finds_it_first(title: str, ask: Ask) -> None:
    """Whatever stands in a search is looked for; nothing of it is a command."""
    for search in (title, TEXTS[title]):
        found = ask(list="search", srsearch=search)["query"]["search"]
        assert found[0]["title"] == title


@pytest.mark.parametrize("title", TEXTS)
def test_where_html_is_asked_for_the_text_is_escaped(title: str, ask: Ask) -> None:
    found = only_page(ask(titles=title, prop="extracts|revisions", rvprop="content", rvparse=""))
    for markup in (found["extract"], found["revisions"][0]["*"]):
        parsed = BeautifulSoup(markup, "html.parser")
        assert {tag.name for tag in parsed.find_all()} <= {"p"}
        assert TEXTS[title] in parsed.get_text()


@pytest.mark.parametrize("text", TEXTS.values())
@pytest.mark.parametrize("name", ["action", "format", "generator", "srlimit", "titles"])
def test_an_error_quotes_what_was_sent_and_no_stack(name: str, text: str, ask: Ask) -> None:
    answer = ask(**{"list": "search", "srsearch": "page"} | {name: f"<i>{text}"})
    said = str(answer)
    assert "error" in answer or "invalid" in str(answer["query"]["pages"])
    assert "<i>" in said
    assert "Traceback" not in said
