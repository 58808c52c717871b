"""`action=query`: puts an answer together from pages, properties, search and facts on the site.

What MediaWiki offers and this server does not (generators, images, coordinates, other lists) is
answered as MediaWiki answers names that it does not know.
"""

from collections.abc import Callable
from typing import Any

from course_lib.support.wiki.api_extracts import add_extracts
from course_lib.support.wiki.api_pages import read_page_set
from course_lib.support.wiki.api_parameters import ApiError, Parameters, bad_continue
from course_lib.support.wiki.api_properties import (
    add_categories,
    add_info,
    add_links,
    add_page_properties,
    add_revisions,
)
from course_lib.support.wiki.api_search import answer_search
from course_lib.support.wiki.api_site import answer_siteinfo
from course_lib.support.wiki.database import WikipediaDatabase

PROPERTIES = ("info", "pageprops", "revisions", "extracts", "links", "categories")
LISTS = ("search",)
METAS = ("siteinfo",)


def answer_query(parameters: Parameters, database: WikipediaDatabase) -> dict[str, Any]:
    """The whole answer of a query, without its warnings.

    Raises:
        ApiError: the request cannot be answered.
    """
    wanted = parameters.choices("prop", "query", PROPERTIES, "")
    lists = parameters.choices("list", "query", LISTS, "")
    metas = parameters.choices("meta", "query", METAS, "")
    if parameters.raw("generator"):
        name = parameters.text("generator", "query")
        raise ApiError("badgenerator", f'Unknown "generator={name}".')
    done = _finished_properties(parameters)

    site = database.site()
    pages = read_page_set(parameters, database, site)
    add_property: dict[str, Callable[[], dict[str, Any] | None]] = {
        "info": lambda: add_info(parameters, site, pages),
        "pageprops": lambda: add_page_properties(parameters, pages),
        "revisions": lambda: add_revisions(parameters, database, site, pages),
        "extracts": lambda: add_extracts(parameters, database, pages),
        "links": lambda: add_links(parameters, database, pages),
        "categories": lambda: add_categories(parameters, database, pages),
    }
    query = pages.query_answer()
    continue_with: dict[str, Any] = {}
    finished = [name for name in wanted if name in done]
    for name in wanted:
        if name in done:
            continue
        more = add_property[name]()
        if more is None:
            finished.append(name)
        else:
            continue_with |= more
    batch_complete = not continue_with
    if continue_with:
        continue_with["continue"] = f"||{'|'.join(finished)}"
    if lists:
        found, more = answer_search(parameters, database, site)
        query |= found
        if more is not None:
            continue_with = {**more, "continue": "-||"} | continue_with
    if metas:
        query |= answer_siteinfo(parameters, database, site)

    answer: dict[str, Any] = {"batchcomplete": ""} if batch_complete else {}
    if continue_with:
        answer["continue"] = continue_with
    if parameters.limits:
        answer["limits"] = parameters.limits
    if query:
        answer["query"] = query
    return answer


def _finished_properties(parameters: Parameters) -> list[str]:
    """The properties that earlier answers of the same query gave completely."""
    if not parameters.has("continue") or not parameters.raw("continue"):
        return []
    _, bars, finished = parameters.text("continue", "query").partition("||")
    if not bars:
        raise bad_continue()
    return finished.split("|")
