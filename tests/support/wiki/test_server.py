"""The Action API: to the `wikipedia` package, to any client, to a hostile one, and to MediaWiki."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import wikipedia

from course_lib.support.settings import settings
from course_lib.support.wiki.client import bounded_wikipedia
from course_lib.support.wiki.importer import import_dump
from tests.conftest import serve_wikipedia
from tests.support.wiki.dumps import head, page, write_dump
from tests.support.wiki.shapes import ask as ask_for_shape
from tests.support.wiki.shapes import shape
from tests.waiting import LONG_S

Ask = Callable[..., requests.Response]
RECORDED = json.loads((Path(__file__).parent / "mediawiki_shapes.json").read_text())


@pytest.fixture
def package(api_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The `wikipedia` package, asking our server."""
    monkeypatch.setattr(settings(), "wikipedia_api_url", api_url)
    monkeypatch.setattr(settings(), "wikipedia_timeout_s", 60)
    with bounded_wikipedia():
        yield wikipedia


@pytest.fixture(scope="module")
def other_api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over a German dump with what the embedded one lacks."""
    folder = tmp_path_factory.mktemp("other-wiki")
    dump = write_dump(
        folder / "dump.xml",
        page(1, "Merkur", "'''Merkur''':\n* Der ''[[Merkur (Planet)|Planet]]'' & <i>mehr</i>\n"
             "* [[Merkur (Gott)]], Gott\n* [[Pluto|<!-- x -->]]\n"
             "{{disambiguation}}[[Kategorie:Namen]]"),
        page(2, "Merkur (Planet)", "Planet."),
        page(3, "Eins", "#REDIRECT [[Zwei#Teil]]", redirect_to="Zwei"),
        page(4, "Zwei", "#REDIRECT [[Eins]]", redirect_to="Eins"),
        page(5, "Drei", "#REDIRECT [[Merkur (Planet)]]", redirect_to="Merkur (Planet)"),
        page(6, "Vier", "#REDIRECT [[Drei]]", redirect_to="Drei"),
        page(7, "Sieben", "#REDIRECT [[Talk:Drei]]", redirect_to="Talk:Drei"),
        start=head("https://de.example.org/w/index.php?title=Haupt%20seite", "de", "Kategorie"),
    )  # fmt: skip
    import_dump(dump, folder / "wiki.sqlite3")
    with serve_wikipedia(folder / "wiki.sqlite3") as url:
        yield url


def get(url: str, **parameters: str | int) -> dict[str, Any]:
    response = requests.get(
        url, params={"action": "query", "format": "json"} | parameters, timeout=LONG_S
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
    assert package.search("alber einsten", suggestion=True) == ([], "albert einstein")
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
        ("Nowhere at all", None),
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
        package.page("qqqqzzzz")


def test_package_text(package: Any) -> None:
    found = package.page("Albert Einstein", auto_suggest=False)
    summary = package.summary("Albert Einstein", auto_suggest=False)
    assert found.summary == summary
    assert found.content.startswith(summary)
    assert "\n== See also ==\n" in found.content
    assert "<h2>See also</h2>" in found.html()
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


def test_package_meets_a_disambiguation_page(
    package: Any, other_api_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its options are the words of all links; outside, they are titles of pages that exist."""
    with pytest.raises(package.DisambiguationError) as error:
        package.page("Aa River", auto_suggest=False)
    assert "Aa (Meuse)" in error.value.options
    monkeypatch.setattr(settings(), "wikipedia_api_url", other_api_url)
    with bounded_wikipedia(), pytest.raises(package.DisambiguationError) as inside:
        package.page("Merkur", auto_suggest=False)
    assert inside.value.options == ["Planet", "Merkur (Gott)", "Pluto"]
    with pytest.raises(package.DisambiguationError) as outside, bounded_wikipedia():
        package.page("Merkur", auto_suggest=False)
    assert outside.value.options == ["Merkur (Planet)"]


# As MediaWiki answers


@pytest.mark.parametrize("recorded", RECORDED["answers"], ids=lambda recorded: recorded["name"])
def test_what_is_answered_has_a_real_mediawikis_shape(
    recorded: dict[str, Any], api_url: str
) -> None:
    response = ask_for_shape(api_url, recorded["parameters"])
    assert response.status_code == 200
    assert response.headers.get("MediaWiki-API-Error") == recorded["error"]
    found = shape(response.json())
    assert part_of(found, recorded["shape"]) == found
    assert set(found) >= set(recorded["shape"]) - {"warnings", "limits"}
    if "query" in found:
        assert set(found["query"]) == set(recorded["shape"]["query"])


def part_of(small: Any, large: Any) -> Any:
    """The part of a shape whose keys another one has."""
    if isinstance(small, dict) and isinstance(large, dict):
        return {key: part_of(small[key], part) for key, part in large.items() if key in small}
    if isinstance(small, list) and isinstance(large, list) and small and large:
        return [part_of(small[0], large[0])]
    return large


def test_redirects_in_a_circle_and_in_a_row(other_api_url: str) -> None:
    circle = get(other_api_url, titles="Eins", redirects="")["query"]
    assert circle["redirects"] == [{"from": "Eins", "to": "Zwei"}, {"from": "Zwei", "to": "Eins"}]
    row = get(other_api_url, pageids=6, redirects="")["query"]
    assert [redirect["to"] for redirect in row["redirects"]] == ["Drei", "Merkur (Planet)"]
    assert only_page({"query": row})["title"] == "Merkur (Planet)"
    talk = only_page(get(other_api_url, titles="Sieben", redirects=""))
    assert talk == {"ns": 1, "title": "Talk:Drei", "missing": ""}


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
        meta="siteinfo|userinfo",
        siprop="general|rightsinfo|namespaces",
    )
    found = only_page(answer)
    assert found["fullurl"] == "https://de.example.org/w/index.php?title=Merkur"
    assert found["pagelanguage"] == "de"
    assert found["categories"] == [{"ns": 14, "title": "Kategorie:Namen"}]
    assert found["pageprops"] == {"disambiguation": ""}
    html = found["revisions"][0]["*"]
    assert 'title=Merkur_(Planet)" title="Merkur (Planet)">Planet</a>' in html
    assert 'class="new" title="Merkur (Gott)"' in html
    general = answer["query"]["general"]
    # Clients read the version, and do not start without one.
    assert general["generator"].split()[:2] == ["MediaWiki", "1.39.0"]
    assert (general["server"], general["sitename"]) == ("https://de.example.org", "Test wiki")
    assert answer["query"]["rightsinfo"] == {"url": "", "text": ""}
    assert answer["query"]["namespaces"]["14"]["*"] == "Kategorie"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"action": ""}, "badvalue"),
        ({"format": "xml"}, "badvalue"),
        ({"formatversion": "2"}, "badvalue"),
        ({"titles": "Art|Asia"}, "toomanyvalues"),
        ({"list": "search", "srsearch": "x" * 301}, "cirrussearch-query-too-long"),
        ({"prop": "extracts", "titles": "Art", "exsentences": "one"}, "badinteger"),
    ],
)
def test_errors(parameters: dict[str, str], code: str, ask: Ask) -> None:
    response = ask(**parameters)
    assert response.status_code == 200
    assert response.headers["MediaWiki-API-Error"] == code
    assert response.json()["error"]["code"] == code


def test_no_database(tmp_path: Path) -> None:
    with serve_wikipedia(tmp_path / "nothing.sqlite3") as url:
        response = requests.get(url, params={"action": "query", "titles": "Art"}, timeout=LONG_S)
    assert response.status_code == 503
    assert "wiki.importer" in response.json()["error"]["info"]


HOSTILE = [
    "<script>alert(1)</script>", "'; DROP TABLE page; --", "a\0b", "\u202eelttit", "%00", "%",
    "../../etc/passwd", "x" * 10_000, "|" * 49, "\x1fa\x1fb", "\ud800", "a\r\nX-Header: b",
    "😀" * 99, "&#x110000;", "NEAR(", '"', "*", "-1", "1e9", "9" * 5_000, "٣", " ", "\n", "||",
    "{{x}}", "[[x]]", "\ufeff", "Talk:Talk:", "::", ":#", "#", "-9223372036854775808",
]  # fmt: skip
HOSTILE_PARAMETERS = [
    "titles", "pageids", "prop", "list", "meta", "generator", "redirects", "format", "action",
    "srsearch", "srlimit", "srinfo", "plnamespace", "exchars", "exsentences", "rvprop", "inprop",
    "siprop", "nonsense",
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
        response = requests.get(api_url, params=sent, timeout=LONG_S)
        assert response.status_code == 200, value
        assert response.headers["Content-Type"] == "application/json"
        assert "X-Header" not in response.headers
        response.json()
