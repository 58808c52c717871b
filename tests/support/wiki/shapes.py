"""The shapes of a MediaWiki's answers: keys and types, no text.

    python -m tests.support.wiki.shapes http://127.0.0.1:8081/w/api.php

prints the shapes of a real MediaWiki's answers as JSON, for `mediawiki_shapes.json`. It should hold
the dump that gensim ships, imported with MediaWiki's own importDump.php, and have the extension
TextExtracts. A test holds the embedded server to that file.
"""

import json
import sys
from typing import Any

import requests

from tests.waiting import LONG_S

LONG = "x" * 256

# What the `wikipedia` package asks, and its mistakes: each answer's name and what is asked for.
# `format` and, where it is absent, `action` are added.
REQUESTS: dict[str, dict[str, str]] = {
    "a page as the wikipedia package loads it": {
        "prop": "info|pageprops",
        "inprop": "url",
        "ppprop": "disambiguation",
        "redirects": "",
        "titles": "Albert Einstein",
    },
    "a missing page": {"prop": "info", "inprop": "url", "titles": "Nowhere at all"},
    "a redirect, followed": {"prop": "info", "redirects": "", "titles": "AfghanistanHistory"},
    "a title to normalize": {"titles": "albert_Einstein"},
    "an invalid title": {"titles": "A[1]"},
    "a title that is too long": {"titles": LONG},
    "no title": {"titles": ""},
    "a page number that is none": {"pageids": "abc"},
    "titles and page numbers": {"pageids": "1", "titles": "Algeria"},
    "an extract": {"prop": "extracts", "explaintext": "", "titles": "Algeria"},
    "an introduction": {"prop": "extracts", "explaintext": "", "exintro": "", "titles": "Algeria"},
    "sentences": {"prop": "extracts", "explaintext": "", "exsentences": "2", "titles": "Algeria"},
    "characters": {"prop": "extracts", "explaintext": "", "exchars": "90", "titles": "Algeria"},
    "an extract as HTML": {"prop": "extracts", "titles": "Algeria"},
    "an extract of a missing page": {"prop": "extracts", "titles": "Nowhere at all"},
    "an extract and revision numbers": {
        "prop": "extracts|revisions",
        "explaintext": "",
        "rvprop": "ids",
        "titles": "Algeria",
    },
    "the page as HTML": {
        "prop": "revisions",
        "rvprop": "content",
        "rvparse": "",
        "rvlimit": "1",
        "titles": "Asia Minor (disambiguation)",
    },
    "links": {"prop": "links", "plnamespace": "0", "pllimit": "max", "titles": "Asphalt"},
    "categories": {"prop": "categories", "cllimit": "max", "titles": "Algeria"},
    "titles found": {"list": "search", "srsearch": "anarchism", "srprop": "", "limit": "1"},
    "nothing found": {"list": "search", "srsearch": "qqqqzzzz"},
    "no search": {"list": "search"},
    "an empty search": {"list": "search", "srsearch": ""},
    "a search limit that is no number": {"list": "search", "srsearch": "a", "srlimit": "1.5"},
    "the licence": {"meta": "siteinfo", "siprop": "rightsinfo"},
    "nothing asked": {},
    "an unknown action": {"action": "nonsense"},
    "an unknown list": {"list": "nonsense"},
    "an unknown property": {"prop": "nonsense", "titles": "Algeria"},
    "an unknown generator": {"generator": "nonsense"},
}

# Keys that depend on the data and not on the server: a page is "new" with its first revision, which
# is the only one that an import makes.
IGNORED_KEYS = {"new"}


def ask(api_url: str, parameters: dict[str, str]) -> requests.Response:
    """The answer to one of `REQUESTS`."""
    return requests.get(
        api_url, params={"action": "query", "format": "json"} | parameters, timeout=LONG_S
    )


def shape(value: Any) -> Any:
    """The keys and types of a decoded JSON value; members of a list are put together."""
    if isinstance(value, dict):
        if value and all(key.lstrip("-").isdigit() for key in value):
            return _pages_shape(value)
        return {key: shape(part) for key, part in value.items() if key not in IGNORED_KEYS}
    if isinstance(value, list):
        return [_together([shape(part) for part in value])] if value else []
    return {bool: "boolean", int: "integer", str: "string", float: "number"}[type(value)]


def _pages_shape(pages: dict[str, Any]) -> dict[str, Any]:
    found = [shape(page) for number, page in pages.items() if int(number) >= 0]
    absent = [shape(page) for number, page in pages.items() if int(number) < 0]
    groups = {"page number": found, "negative number": absent}
    return {name: _together(group) for name, group in groups.items() if group}


def _together(shapes: list[Any]) -> Any:
    if not all(isinstance(part, dict) for part in shapes):
        return shapes[0]
    return {key: part for one in shapes for key, part in one.items()}


def main() -> None:
    """Print the shapes of the MediaWiki whose api.php is the first argument."""
    api_url = sys.argv[1]
    siteinfo = ask(api_url, {"meta": "siteinfo"}).json()
    answers = []
    for name, parameters in REQUESTS.items():
        response = ask(api_url, parameters)
        answers.append(
            {
                "name": name,
                "parameters": parameters,
                "error": response.headers.get("MediaWiki-API-Error"),
                "shape": shape(response.json()),
            }
        )
    about = {
        "generator": siteinfo["query"]["general"]["generator"],
        "extensions": "TextExtracts, ParserFunctions, Cite",
        "missing": "Disambiguator (pageprops of a disambiguation page) and CirrusSearch "
        "(suggestion, the limit of 300 characters) are not part of this MediaWiki.",
    }
    print(json.dumps({"mediawiki": about, "answers": answers}, indent=1, ensure_ascii=True))


if __name__ == "__main__":
    main()
