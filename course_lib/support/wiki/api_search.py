"""`list=search`: the answer to a search, in the API's form."""

from typing import Any

from course_lib.support.wiki.api_parameters import ApiError, Parameters
from course_lib.support.wiki.database import SiteFacts, WikipediaDatabase
from course_lib.support.wiki.search import (
    Hit,
    count_hits,
    search_articles,
    suggest_spelling,
)
from course_lib.support.wiki.title import InvalidTitle, parse_title

# Wikipedia's own limit, from its extension CirrusSearch.
MAX_SEARCH_CHARS = 300
DEFAULT_HITS = 10

_MODULE = "search"
_PROPERTIES = ("size", "wordcount", "timestamp", "snippet")


def answer_search(
    parameters: Parameters, database: WikipediaDatabase, site: SiteFacts
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What the search gives for `query`, and what to continue with, or None at its end.

    Raises:
        ApiError: no search, a search that is too long, or an option that is unknown.
    """
    search = parameters.text("srsearch", _MODULE)
    if not search:
        raise ApiError("missingparam", 'The "srsearch" parameter must be set.')
    if len(search) > MAX_SEARCH_CHARS:
        raise ApiError(
            "cirrussearch-query-too-long",
            "Search request is longer than the maximum allowed length. "
            f"(actual: {len(search)}; allowed: {MAX_SEARCH_CHARS})",
        )
    limit = parameters.limit("srlimit", _MODULE, DEFAULT_HITS)
    offset = max(0, parameters.integer("sroffset", _MODULE, 0))
    wanted = parameters.choices("srprop", _MODULE, _PROPERTIES, "|".join(_PROPERTIES))
    facts = parameters.choices(
        "srinfo", _MODULE, ("totalhits", "suggestion"), "totalhits|suggestion"
    )
    parameters.choice("srwhat", _MODULE, ("text",), "text")
    known = tuple(str(number) for number in sorted({0, *database.namespaces().values()}))
    in_articles = "0" in parameters.choices("srnamespace", _MODULE, known, "0")

    hits: list[Hit] = []
    if in_articles:
        title = _as_title(search, site)
        hits = search_articles(database, search, title, offset, limit + 1, "snippet" in wanted)
    searchinfo: dict[str, Any] = {}
    if "totalhits" in facts:
        searchinfo["totalhits"] = count_hits(database, search) if in_articles else 0
    suggestion = suggest_spelling(database, search) if "suggestion" in facts else None
    if suggestion is not None:
        searchinfo |= {"suggestion": suggestion, "suggestionsnippet": suggestion}
    answer: dict[str, Any] = {"searchinfo": searchinfo} if searchinfo else {}
    answer["search"] = [_hit_answer(hit, wanted) for hit in hits[:limit]]
    return answer, {"sroffset": offset + limit} if len(hits) > limit else None


def _as_title(search: str, site: SiteFacts) -> str:
    try:
        return parse_title(search, first_letter=site.first_letter).text
    except InvalidTitle:
        return ""


def _hit_answer(hit: Hit, wanted: list[str]) -> dict[str, Any]:
    answer: dict[str, Any] = {"ns": 0, "title": hit.page.title, "pageid": hit.page.page_id}
    values = {
        "size": hit.page.size_bytes,
        "wordcount": hit.page.word_count,
        "snippet": hit.snippet,
        "timestamp": hit.page.timestamp,
    }
    return answer | {name: values[name] for name in wanted}
