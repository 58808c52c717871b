"""`prop=info|pageprops|revisions|links|categories`: what is known of each page of a query.

Each function adds its property to the pages' answers and returns what a client has to send to get
the rest, or None where there is no more.
"""

import hashlib
import html
from typing import Any
from urllib.parse import urlsplit

from course_lib.support.wiki.api_extracts import text_as_html
from course_lib.support.wiki.api_pages import PageSet
from course_lib.support.wiki.api_parameters import (
    ApiError,
    Parameters,
    bad_continue,
)
from course_lib.support.wiki.database import Page, SiteFacts, WikipediaDatabase
from course_lib.support.wiki.title import CANONICAL_NAMESPACES, title_in_url
from course_lib.support.wiki.wikitext import join_extract
from course_lib.support.wiki.wikitext_disambiguation import disambiguation_options

RIGHT_TO_LEFT_LANGUAGES = {"ar", "arc", "arz", "azb", "ckb", "dv", "fa", "he", "ps", "ur", "yi"}
REVISION_PROPERTIES = ("ids", "timestamp", "size", "sha1", "contentmodel", "content")
DEFAULT_LIMIT = 10

_MANY_PAGES_ONE_LIMIT = (
    '"titles", "pageids" or a generator was used to supply multiple pages, but the "rvlimit" '
    "parameter may only be used on a single page."
)
_OLD_FORMAT = (
    'Because "rvslots" was not specified, a legacy format has been used for the output. This '
    "format is deprecated, and in the future the new format will always be used."
)
_ANNOUNCEMENTS = (
    "Subscribe to the mediawiki-api-announce mailing list at "
    "<https://lists.wikimedia.org/postorius/lists/mediawiki-api-announce.lists.wikimedia.org/> "
    "for notice of API deprecations and breaking changes."
)
_RVPARSE_DEPRECATED = 'The parameter "rvparse" has been deprecated.'


def add_info(parameters: Parameters, site: SiteFacts, pages: PageSet) -> None:
    """Language, latest revision and, with `inprop=url`, addresses."""
    with_urls = "url" in parameters.choices("inprop", "info", ("url",), "")
    language = {
        "contentmodel": "wikitext",
        "pagelanguage": site.language,
        "pagelanguagehtmlcode": site.language,
        "pagelanguagedir": "rtl" if site.language in RIGHT_TO_LEFT_LANGUAGES else "ltr",
    }
    for number, title in pages.missing.items():
        pages.answers[number] |= language | (_urls(site, title.text) if with_urls else {})
    for page in pages.found:
        answer = pages.answers[str(page.page_id)]
        answer |= language
        answer |= {
            "touched": page.timestamp,
            "lastrevid": page.revision_id,
            "length": page.size_bytes,
        }
        if page.redirect_to is not None:
            answer["redirect"] = ""
        if not page.parent_id:
            answer["new"] = ""
        if with_urls:
            answer |= _urls(site, page.title)


def _urls(site: SiteFacts, title: str) -> dict[str, str]:
    address = site.page_address + title_in_url(title)
    base = urlsplit(site.base)
    edit = f"{base.scheme}://{base.netloc}/w/index.php?title={title_in_url(title)}&action=edit"
    return {"fullurl": address, "editurl": edit, "canonicalurl": address}


def add_page_properties(parameters: Parameters, pages: PageSet) -> None:
    """Whether a page is a disambiguation page: the only one of MediaWiki's that is known here."""
    wanted = parameters.values("ppprop", "pageprops") or ["disambiguation"]
    for page in pages.found:
        if page.is_disambiguation and "disambiguation" in wanted:
            pages.answers[str(page.page_id)]["pageprops"] = {"disambiguation": ""}


def add_revisions(
    parameters: Parameters, database: WikipediaDatabase, site: SiteFacts, pages: PageSet
) -> None:
    """The one revision that a dump has of each page.

    Raises:
        ApiError: `rvlimit` for more than one page.
    """
    wanted = parameters.choices("rvprop", "revisions", REVISION_PROPERTIES, "ids|timestamp")
    parse = parameters.has("rvparse")
    slots = parameters.has("rvslots")
    if parameters.has("rvlimit"):
        parameters.limit("rvlimit", "revisions", 1)
        if len(pages.answers) > 1:
            raise ApiError("invalidparammix", _MANY_PAGES_ONE_LIMIT)
    if parse:
        parameters.warn("main", _ANNOUNCEMENTS)
        parameters.warn("revisions", _RVPARSE_DEPRECATED)
    if not slots and ("content" in wanted or "contentmodel" in wanted):
        parameters.warn("main", _ANNOUNCEMENTS)
        parameters.warn("revisions", _OLD_FORMAT)
    namespaces = CANONICAL_NAMESPACES | database.namespaces()
    for page in pages.found:
        revision = _revision(database, site, page, wanted, parse, slots, namespaces)
        # PHP writes an object without members as an empty list.
        pages.answers[str(page.page_id)]["revisions"] = [revision or []]


def _revision(
    database: WikipediaDatabase,
    site: SiteFacts,
    page: Page,
    wanted: list[str],
    parse: bool,
    slots: bool,
    namespaces: dict[str, int],
) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    if "ids" in wanted:
        answer |= {"revid": page.revision_id, "parentid": page.parent_id}
    if "timestamp" in wanted:
        answer["timestamp"] = page.timestamp
    if "size" in wanted:
        answer["size"] = page.size_bytes
    if "sha1" in wanted:
        source = database.wikitext(page.page_id).encode()
        answer["sha1"] = hashlib.sha1(source, usedforsecurity=False).hexdigest()
    main: dict[str, Any] = {}
    if "contentmodel" in wanted or ("content" in wanted and not parse):
        main["contentmodel"] = "wikitext"
    if "content" in wanted:
        if parse:
            main["*"] = page_html(database, site, page, namespaces)
        else:
            main |= {"contentformat": "text/x-wiki", "*": database.wikitext(page.page_id)}
    if slots and main:
        return answer | {"slots": {"main": main}}
    return answer | main


def page_html(
    database: WikipediaDatabase, site: SiteFacts, page: Page, namespaces: dict[str, int]
) -> str:
    """The page as simple HTML: the list of links of a disambiguation page, or the paragraphs."""
    if not page.is_disambiguation:
        body = text_as_html(join_extract(*database.extract(page.page_id)))
        return f'<div class="mw-parser-output">{body}</div>'
    items = []
    for option in disambiguation_options(database.wikitext(page.page_id), namespaces):
        target = html.escape(f"{urlsplit(site.page_address).path}{title_in_url(option.title)}")
        title, label = html.escape(option.title), html.escape(option.label, quote=False)
        before, _, after = option.description.partition(option.label)
        before, after = html.escape(before, quote=False), html.escape(after, quote=False)
        items.append(f'<li>{before}<a href="{target}" title="{title}">{label}</a>{after}</li>')
    return f'<div class="mw-parser-output"><ul>{"".join(items)}</ul></div>'


def add_links(
    parameters: Parameters, database: WikipediaDatabase, pages: PageSet
) -> dict[str, Any] | None:
    """The titles that each page links to, in the order of namespace and title.

    Raises:
        ApiError: a wrong `plcontinue`.
    """
    limit = parameters.limit("pllimit", "links", DEFAULT_LIMIT)
    known = tuple(str(number) for number in sorted({0, *database.namespaces().values()}))
    namespaces = [int(n) for n in parameters.choices("plnamespace", "links", known, "")] or None
    start = (-1, 0, "")
    if parameters.has("plcontinue"):
        match parameters.text("plcontinue", "links").split("|", 2):
            case [page_id, namespace, title] if page_id.isdecimal() and namespace.isdecimal():
                start = (int(page_id[:18]), int(namespace[:9]), title)
            case _:
                raise bad_continue()
    for page in sorted(pages.found, key=lambda page: page.page_id):
        if page.page_id < start[0]:
            continue
        first = start[1:] if page.page_id == start[0] else (0, "")
        rows = database.links(page.page_id, first, limit + 1, namespaces)
        if rows[:limit]:
            pages.answers[str(page.page_id)]["links"] = [
                {"ns": namespace, "title": title.replace("_", " ")}
                for namespace, title in rows[:limit]
            ]
        if len(rows) > limit:
            namespace, title = rows[limit]
            return {"plcontinue": f"{page.page_id}|{namespace}|{title}"}
        limit -= len(rows)
    return None


def add_categories(
    parameters: Parameters, database: WikipediaDatabase, pages: PageSet
) -> dict[str, Any] | None:
    """The categories of each page, in the order of their titles.

    Raises:
        ApiError: a wrong `clcontinue`.
    """
    limit = parameters.limit("cllimit", "categories", DEFAULT_LIMIT)
    parameters.choices("clprop", "categories", (), "")
    start = (-1, "")
    if parameters.has("clcontinue"):
        match parameters.text("clcontinue", "categories").split("|", 1):
            case [page_id, title] if page_id.isdecimal():
                start = (int(page_id[:18]), title)
            case _:
                raise bad_continue()
    prefix = database.namespace_name(14)
    for page in sorted(pages.found, key=lambda page: page.page_id):
        if page.page_id < start[0]:
            continue
        first = start[1] if page.page_id == start[0] else ""
        titles = database.categories(page.page_id, first, limit + 1)
        if titles[:limit]:
            pages.answers[str(page.page_id)]["categories"] = [
                {"ns": 14, "title": f"{prefix}:{title.replace('_', ' ')}"}
                for title in titles[:limit]
            ]
        if len(titles) > limit:
            return {"clcontinue": f"{page.page_id}|{titles[limit]}"}
        limit -= len(titles)
    return None
