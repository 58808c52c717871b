"""The Action API: to the `wikipedia` package, to any client, to a hostile one, and to MediaWiki."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import wikipedia

from course_lib.support.wiki.api_extracts import first_chars, first_sentences
from course_lib.support.wiki.importer import import_dump
from tests.conftest import serve_wikipedia
from tests.support.wiki.dumps import head, page, write_dump
from tests.support.wiki.shapes import ask as ask_for_shape
from tests.support.wiki.shapes import shape

Ask = Callable[..., requests.Response]
RECORDED = json.loads((Path(__file__).parent / "mediawiki_shapes.json").read_text())


@pytest.fixture
def package(api_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The `wikipedia` package, asking our server and remembering nothing."""
    monkeypatch.setattr(wikipedia.wikipedia, "API_URL", api_url)
    for function in (wikipedia.search, wikipedia.suggest, wikipedia.summary):
        monkeypatch.setattr(function, "_cache", {})
    return wikipedia


@pytest.fixture(scope="module")
def other_api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over a German dump with what the embedded one lacks."""
    folder = tmp_path_factory.mktemp("other-wiki")
    dump = write_dump(
        folder / "dump.xml",
        page(1, "Merkur", "'''Merkur''':\n* Der ''[[Merkur (Planet)|Planet]]'' & <i>mehr</i>\n"
             "* [[Merkur (Gott)]], Gott\n{{disambiguation}}[[Kategorie:Namen]]"),
        page(2, "Merkur (Planet)", "Planet."),
        page(3, "Eins", "#REDIRECT [[Zwei#Teil]]", redirect_to="Zwei"),
        page(4, "Zwei", "#REDIRECT [[Eins]]", redirect_to="Eins"),
        page(5, "Drei", "#REDIRECT [[Merkur (Planet)]]", redirect_to="Merkur (Planet)"),
        page(6, "Vier", "#REDIRECT [[Drei]]", redirect_to="Drei"),
        page(7, "Sieben", "#REDIRECT [[A<b]]", redirect_to="A<b"),
        start=head("https://de.example.org/wiki/Haupt%20seite", "de", "Kategorie"),
    )  # fmt: skip
    import_dump(dump, folder / "wiki.sqlite3")
    with serve_wikipedia(folder / "wiki.sqlite3") as url:
        yield url


def get(url: str, **parameters: str | int) -> dict[str, Any]:
    response = requests.get(
        url, params={"action": "query", "format": "json"} | parameters, timeout=30
    )
    assert response.status_code == 200
    return response.json()


def only_page(answer: dict[str, Any]) -> dict[str, Any]:
    (page_answer,) = answer["query"]["pages"].values()
    return page_answer


# The package `wikipedia`


def test_package_search(package: Any) -> None:
    assert package.search("physicist")[0] == "Albert Einstein"
    assert len(package.search("war", results=3)) == 3
    assert package.search("phisicist", suggestion=True) == ([], "physicist")
    assert package.search("physicist", suggestion=True)[1] is None
    assert package.suggest("albert einstien") == "albert einstein"
    assert package.suggest("physicist") is None


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("Albert Einstein", "Albert Einstein"),
        ("albert_Einstein", "Albert Einstein"),
        ("aristotle", "Aristotle"),
        ("AlbaniaPeople", None),
        ("AsWeMayThink", None),
    ],
)
def test_package_page_by_title(asked: str, title: str | None, package: Any) -> None:
    if title is None:
        with pytest.raises(package.PageError):
            package.page(asked, auto_suggest=False)
    else:
        assert package.page(asked, auto_suggest=False).title == title


def test_package_page_by_redirect(package: Any, database: Any) -> None:
    """Every redirect of the dump whose target is in it leads there."""
    rows = database.connection.execute(
        "SELECT redirect.title, target.title FROM page AS redirect "
        "JOIN page AS target ON target.title = redirect.redirect_to"
    ).fetchall()
    assert len(rows) > 3
    for title, target in rows:
        assert package.page(title, auto_suggest=False).title == target
        with pytest.raises(package.RedirectError):
            package.page(title, auto_suggest=False, redirect=False)


def test_package_page_by_guess_and_by_number(package: Any) -> None:
    assert package.page("albert einstein").title == "Albert Einstein"
    found = package.page(pageid=736)
    assert (found.title, found.pageid) == ("Albert Einstein", "736")
    assert found.url == "https://en.wikipedia.org/wiki/Albert_Einstein"
    with pytest.raises(package.PageError):
        package.page(pageid=1)


def test_package_text(package: Any) -> None:
    found = package.page("Albert Einstein", auto_suggest=False)
    summary = package.summary("Albert Einstein", auto_suggest=False)
    assert found.summary == summary
    assert found.content.startswith(summary)
    assert "\n== See also ==\n" in found.content
    one = package.summary("Albert Einstein", sentences=1, auto_suggest=False)
    assert summary.startswith(one)
    assert one.endswith("physicist.")
    short = package.summary("Albert Einstein", chars=50, auto_suggest=False)
    assert short.endswith("...")
    assert 50 <= len(short) < 70


def test_package_facts(package: Any) -> None:
    found = package.page("Alabama", auto_suggest=False)
    assert len(found.links) > 700
    assert "Montgomery, Alabama" in found.links
    assert "Southern United States" in found.categories
    assert found.revision_id > found.parent_id > 0


def test_package_meets_no_such_page(package: Any) -> None:
    with pytest.raises(package.PageError):
        package.page("Nowhere at all", auto_suggest=False)
    with pytest.raises(package.PageError):
        package.page("qqqqzzzz")


@pytest.mark.filterwarnings("ignore::bs4.GuessedAtParserWarning")
def test_package_meets_a_disambiguation_page(package: Any, other_api_url: str) -> None:
    with pytest.raises(package.DisambiguationError) as error:
        package.page("Aa River", auto_suggest=False)
    assert "Aa (Meuse)" in error.value.options
    package.wikipedia.API_URL = other_api_url
    with pytest.raises(package.DisambiguationError) as error:
        package.page("Merkur", auto_suggest=False)
    assert error.value.options == ["Planet", "Merkur (Gott)"]


# As MediaWiki answers


@pytest.mark.parametrize("recorded", RECORDED["answers"], ids=lambda recorded: recorded["name"])
def test_the_shape_of_a_real_mediawikis_answer(recorded: dict[str, Any], api_url: str) -> None:
    response = ask_for_shape(api_url, recorded["parameters"])
    assert response.status_code == 200
    assert response.headers.get("MediaWiki-API-Error") == recorded["error"]
    assert shape(response.json()) == recorded["shape"]


def test_redirects_normalisation_and_missing_titles(ask: Ask) -> None:
    titles = "aardvark|Talk:foo|<i>|Nowhere|AccessibleComputing|wikt:word|Special:Search|aardvark"
    query = ask(titles=titles, redirects="").json()["query"]
    assert query == {
        "normalized": [
            {"from": "aardvark", "to": "Aardvark"},
            {"from": "Talk:foo", "to": "Talk:Foo"},
        ],
        "redirects": [{"from": "AccessibleComputing", "to": "Computer accessibility"}],
        "interwiki": [{"title": "wikt:word", "iw": "wikt"}],
        "pages": {
            "-3": {"ns": 1, "title": "Talk:Foo", "missing": ""},
            "-4": {"ns": 0, "title": "Nowhere", "missing": ""},
            "-5": {"ns": 0, "title": "Computer accessibility", "missing": ""},
            "-1": {
                "title": "<i>",
                "invalidreason": 'The requested page title contains invalid characters: "<".',
                "invalid": "",
            },
            "-2": {"ns": -1, "title": "Special:Search", "special": ""},
            "680": {"pageid": 680, "ns": 0, "title": "Aardvark"},
        },
    }


def test_redirects_in_a_circle_and_in_a_row(other_api_url: str) -> None:
    circle = get(other_api_url, titles="Eins", redirects="")["query"]
    assert circle["redirects"] == [
        {"from": "Eins", "to": "Zwei", "tofragment": "Teil"},
        {"from": "Zwei", "to": "Eins"},
    ]
    row = get(other_api_url, pageids=6, redirects="")["query"]
    assert [redirect["to"] for redirect in row["redirects"]] == ["Drei", "Merkur (Planet)"]
    assert only_page({"query": row})["title"] == "Merkur (Planet)"
    nowhere = get(other_api_url, titles="Sieben", redirects="")
    assert only_page(nowhere) == {"pageid": 7, "ns": 0, "title": "Sieben"}


def test_a_page_says_where_it_comes_from(ask: Ask) -> None:
    response = ask(
        titles="Albert Einstein",
        prop="info|revisions",
        inprop="url",
        rvprop="ids|timestamp",
        meta="siteinfo",
        siprop="rightsinfo",
    )
    found = only_page(response.json())
    assert found["fullurl"] == "https://en.wikipedia.org/wiki/Albert_Einstein"
    assert found["revisions"][0]["revid"] == found["lastrevid"]
    rights = response.json()["query"]["rightsinfo"]
    assert rights["text"] == "Creative Commons Attribution-ShareAlike 3.0"
    assert response.headers["Link"] == f'<{rights["url"]}>; rel="license"'


def test_the_other_site_speaks_for_itself(other_api_url: str) -> None:
    answer = get(
        other_api_url,
        titles="Merkur",
        prop="info|categories|revisions|pageprops",
        inprop="url",
        rvprop="content",
        rvparse="",
        meta="siteinfo",
        siprop="general|rightsinfo|namespaces",
    )
    found = only_page(answer)
    assert found["fullurl"] == "https://de.example.org/wiki/Merkur"
    assert found["pagelanguage"] == "de"
    assert found["categories"] == [{"ns": 14, "title": "Kategorie:Namen"}]
    assert found["pageprops"] == {"disambiguation": ""}
    html = found["revisions"][0]["*"]
    assert '<a href="/wiki/Merkur_(Planet)" title="Merkur (Planet)">Planet</a> &amp; mehr' in html
    general = answer["query"]["general"]
    assert (general["mainpage"], general["sitename"]) == ("Haupt seite", "Test wiki")
    assert answer["query"]["rightsinfo"] == {"url": "", "text": ""}
    assert answer["query"]["namespaces"]["14"]["*"] == "Kategorie"


@pytest.mark.parametrize(("prop", "short"), [("links", "pl"), ("categories", "cl")])
def test_continuing_gives_each_entry_once(prop: str, short: str, ask: Ask) -> None:
    def collect(limit: str) -> dict[str, list[Any]]:
        entries: dict[str, list[Any]] = {}
        continuation: dict[str, Any] = {}
        while True:
            asked = {"titles": "Alabama|Art", "prop": prop, f"{short}limit": limit} | continuation
            answer = ask(**asked).json()
            assert ("batchcomplete" in answer) != ("continue" in answer)
            pages = answer["query"]["pages"].values()
            if limit != "max" and "continue" in answer:
                assert sum(len(found.get(prop, [])) for found in pages) == int(limit)
            for number, found in answer["query"]["pages"].items():
                entries.setdefault(number, []).extend(found.get(prop, []))
            if "continue" not in answer:
                return entries
            continuation = answer["continue"]

    few, many = collect("7"), collect("max")
    assert few == many
    assert min(map(len, few.values())) > 2


def test_continuing_leaves_out_what_is_complete(ask: Ask) -> None:
    asked = {"titles": "Art", "prop": "info|links", "pllimit": 1}
    first = ask(**asked).json()
    assert first["continue"]["continue"] == "||info"
    second = only_page(ask(**asked, **first["continue"]).json())
    assert "lastrevid" not in second
    assert second["links"] != only_page(first)["links"]


def test_extracts_of_several_pages(ask: Ask) -> None:
    asked = {"titles": "Art|Asia|Autism", "prop": "extracts", "explaintext": ""}
    first = ask(**asked).json()
    assert ["extract" in found for found in first["query"]["pages"].values()] == [
        True,
        False,
        False,
    ]
    assert first["continue"]["excontinue"] == 1
    second = ask(**asked, **first["continue"]).json()
    assert "extract" in second["query"]["pages"]["689"]
    intros = ask(**asked, exintro="").json()["query"]["pages"].values()
    assert all("extract" in found and "==" not in found["extract"] for found in intros)


def test_a_form_is_as_good_as_an_address(api_url: str) -> None:
    parameters = {"action": "query", "format": "json", "titles": "café|Art", "prop": "info"}
    response = requests.post(api_url, data=parameters, timeout=30)
    assert response.json() == get(api_url, **parameters)
    mixed = requests.post(f"{api_url}?action=query&titles=Asia", data={"titles": "Art"}, timeout=30)
    assert only_page(mixed.json())["title"] == "Art"


def test_a_form_that_is_too_large(api_url: str) -> None:
    response = requests.post(api_url, data={"titles": "x" * 2_000_000}, timeout=30)
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"action": ""}, "badvalue"),
        ({"format": "xml"}, "badvalue"),
        ({"formatversion": "2"}, "badvalue"),
        ({"list": "search", "srsearch": "x" * 301}, "cirrussearch-query-too-long"),
        ({"generator": "images", "titles": "Art"}, "badgenerator"),
        ({"prop": "extracts", "titles": "Art", "excontinue": "5"}, "badcontinue"),
        ({"prop": "categories", "titles": "Art", "clcontinue": "x"}, "badcontinue"),
        ({"prop": "extracts", "titles": "Art", "exlimit": ""}, "badinteger"),
        ({"list": "search", "srsearch": "a", "sroffset": str(2**63)}, "badinteger"),
        ({"prop": "extracts", "titles": "Art", "exsectionformat": "x"}, "badvalue"),
    ],
)
def test_errors(parameters: dict[str, str], code: str, ask: Ask) -> None:
    response = ask(**parameters)
    assert response.status_code == 200
    assert response.headers["MediaWiki-API-Error"] == code
    assert response.json()["error"]["code"] == code


def test_no_action(api_url: str) -> None:
    assert requests.get(api_url, timeout=30).json()["error"]["code"] == "missingparam"


def test_no_database(tmp_path: Path) -> None:
    with serve_wikipedia(tmp_path / "nothing.sqlite3") as url:
        response = requests.get(url, params={"action": "query", "titles": "Art"}, timeout=30)
    assert response.status_code == 503
    assert "wiki.importer" in response.json()["error"]["info"]


HOSTILE = [
    "<script>alert(1)</script>", "'; DROP TABLE page; --", "a\0b", "\u202eelttit", "%00", "%",
    "../../etc/passwd", "x" * 10_000, "|" * 49, "\x1fa\x1fb", "\ud800", "a\r\nX-Header: b",
    "😀" * 99, "&#x110000;",
    "NEAR(", '"', "*", "-1", "1e9", "0x10", "9" * 5_000, "٣", " ", "\n", "||", "&amp;#0;",
    "{{x}}", "[[x]]", "\ufeff", "Talk:Talk:", "::", ":#", "#", "-9223372036854775808",
]  # fmt: skip
HOSTILE_PARAMETERS = [
    "titles", "pageids", "prop", "list", "meta", "generator", "continue", "redirects", "format",
    "action", "srsearch", "srlimit", "sroffset", "srprop", "srinfo", "srnamespace", "pllimit",
    "plnamespace", "plcontinue", "cllimit", "clcontinue", "exchars", "exsentences", "exlimit",
    "excontinue", "rvprop", "rvlimit", "inprop", "ppprop", "siprop", "nonsense",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_PARAMETERS)
def test_nothing_that_a_client_sends_breaks_the_server(name: str, api_url: str) -> None:
    valid = {
        "action": "query",
        "format": "json",
        "prop": "info|links|categories|extracts|revisions|pageprops",
        "list": "search",
        "meta": "siteinfo",
        "srsearch": "art",
        "exintro": "",
    }
    if name != "pageids":
        valid["titles"] = "Art"
    for value in HOSTILE:
        sent = valid | {name: value.encode("utf-8", "surrogatepass")}
        response = requests.post(api_url, data=sent, timeout=30)
        assert response.status_code == 200, value
        assert response.headers["Content-Type"] == "application/json"
        assert "Traceback" not in response.text
        assert "X-Header" not in response.headers
        response.json()


def test_first_sentences() -> None:
    """Cut as TextExtracts cuts: an initial's full stop, or one inside a number, ends nothing."""
    text = "Mr J. S. Bach wrote it. Did he? Yes! No.1 of 2.5. \nAnd so on"
    assert first_sentences(text, 1) == "Mr J. S. Bach wrote it."
    assert first_sentences(text, 3) == "Mr J. S. Bach wrote it. Did he? Yes!"
    assert first_sentences(text, 9) == "Mr J. S. Bach wrote it. Did he? Yes! No.1 of 2.5."


def test_a_text_without_a_sentence() -> None:
    assert first_sentences("no end\nsecond line", 2) == "no end"


def test_first_chars() -> None:
    assert first_chars("some words here", 6) == "some words..."
    assert first_chars("some words here", 4) == "some..."
    assert first_chars("some words here", 12) == "some words here"
    assert first_chars("short", 50) == "short"
