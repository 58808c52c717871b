"""`action=query` of MediaWiki's Action API, as far as the `wikipedia` package asks for it.

One page by title or number with redirects followed, its extract, revision, links and categories,
the choices of a disambiguation page, search, and facts on the site, in the shapes of
formatversion 1. Lists of links and categories are always whole. See
https://www.mediawiki.org/wiki/API:Query. Anything else that MediaWiki offers is answered as
MediaWiki answers names that it does not know.
"""

import html
import json
import re
from typing import Any
from urllib.parse import urlsplit

from course_lib.support.sentences import split_sentences
from course_lib.support.wiki.database import Page, WikipediaDatabase
from course_lib.support.wiki.parameters import ApiError, Parameters
from course_lib.support.wiki.search import count_hits, search_articles, suggest_title
from course_lib.support.wiki.title import InvalidTitle, Title, parse_title, title_in_url
from course_lib.support.wiki.wikitext import join_extract

# Clients read the version out of it, and refuse to work where there is none.
GENERATOR = "MediaWiki 1.39.0 (course_lib's embedded Wikipedia)"
MAX_REDIRECTS = 10
MAX_SEARCH_CHARS = 300  # Wikipedia's own limit
MAX_SENTENCES, MAX_CHARS = 10, 1_200  # those of the extension TextExtracts

_ANONYMOUS = {"id": 0, "name": "127.0.0.1", "anon": "", "groups": ["*"], "rights": ["read"]}
_HEADING = re.compile(r"^(={1,6}) (.*) \1$")
_REST_OF_WORD = re.compile(r"[\w/]*")

Answer = dict[str, Any]


class Query:
    """One request to a database."""

    def __init__(self, parameters: Parameters, database: WikipediaDatabase) -> None:
        self.parameters = parameters
        self.database = database
        self.site = database.site()

    def answer(self) -> Answer:
        """The whole answer, without its warnings.

        Raises:
            ApiError: the request cannot be answered.
        """
        if name := self.parameters.get("generator"):
            raise ApiError("badgenerator", f'Unknown "generator={name}".')
        query = self._page()
        if self.parameters.choices("list", ("search",)):
            query |= self._search()
        for name in self.parameters.choices("meta", ("siteinfo", "userinfo")):
            query |= self._siteinfo() if name == "siteinfo" else {"userinfo": _ANONYMOUS}
        return {"batchcomplete": "", "query": query} if query else {"batchcomplete": ""}

    def _page(self) -> Answer:
        """The page asked for, by title or number, as it stands in an answer's `query`."""
        known = {
            "info": self._info,
            "pageprops": self._pageprops,
            "revisions": self._revisions,
            "extracts": self._extracts,
            "links": self._links,
            "categories": self._categories,
        }
        properties = self.parameters.choices("prop", tuple(known))
        query, page, absent = self._find()
        if page is not None:
            answer: Answer = {"pageid": page.page_id, "ns": 0, "title": page.title}
            for name in properties:
                answer |= known[name](page)
            query["pages"] = {str(page.page_id): answer}
        elif absent:
            query["pages"] = {str(absent.get("pageid", -1)): absent}
        return query

    def _find(self) -> tuple[Answer, Page | None, Answer]:
        """How the page was found, the page, and what is said where there is none."""
        text, number = self.parameters.get("titles"), self.parameters.get("pageids")
        if text and number:
            raise ApiError("multisource", 'The "pageids" parameter cannot be used with "titles".')
        if "|" in (text or number or ""):
            raise ApiError("toomanyvalues", "This server answers for one page at a time.")
        query: Answer = {}
        if number:
            page_id = self.parameters.integer("pageids", 0)
            page, absent = self.database.page_by_id(page_id), {"pageid": page_id, "missing": ""}
        elif text:
            page, absent = self._by_title(text)
            if absent["title"] != text:
                query["normalized"] = [{"from": text, "to": absent["title"]}]
        else:
            return {}, None, {}
        while page and page.redirect_to is not None and "redirects" in self.parameters:
            redirects = query.setdefault("redirects", [])
            entry = {"from": page.title, "to": page.redirect_to}
            if entry in redirects or len(redirects) == MAX_REDIRECTS:
                break
            redirects.append(entry)
            page, absent = self._by_title(page.redirect_to)
        return query, page, absent

    def _by_title(self, text: str) -> tuple[Page | None, Answer]:
        """The page with a title, and what is said of it where there is none."""
        try:
            title = self._title(text)
        except InvalidTitle as error:
            return None, {"title": text, "invalidreason": str(error), "invalid": ""}
        absent = {"ns": title.namespace, "title": title.text, "missing": ""}
        return self.database.page_by_title(title.text), absent

    def _title(self, text: str) -> Title:
        return parse_title(text, self.site.namespaces, first_letter=self.site.first_letter)

    def _info(self, page: Page) -> Answer:
        answer: Answer = {
            "contentmodel": "wikitext",
            "pagelanguage": self.site.language,
            "touched": page.timestamp,
            "lastrevid": page.revision_id,
            "length": page.size_bytes,
        }
        if page.redirect_to is not None:
            answer["redirect"] = ""
        if self.parameters.choices("inprop", ("url",)):
            address = self.site.page_address + title_in_url(page.title)
            answer |= {"fullurl": address, "canonicalurl": address}
        return answer

    def _pageprops(self, page: Page) -> Answer:
        """Whether it is a disambiguation page: the only one of MediaWiki's known here."""
        return {} if page.options is None else {"pageprops": {"disambiguation": ""}}

    def _revisions(self, page: Page) -> Answer:
        """The one revision that a dump has of each page; its content as HTML alone."""
        parts: dict[str, Answer] = {
            "ids": {"revid": page.revision_id, "parentid": page.parent_id},
            "timestamp": {"timestamp": page.timestamp},
            "content": {},
        }
        revision: Answer = {}
        for name in self.parameters.choices("rvprop", tuple(parts), "ids|timestamp"):
            revision |= parts[name]
            if name == "content" and "rvparse" in self.parameters:
                revision["*"] = self._page_html(page)
        return {"revisions": [revision]}

    def _page_html(self, page: Page) -> str:
        """The choices of a disambiguation page as a list of links, or the paragraphs."""
        if page.options is None:
            return _as_html(join_extract(*self.database.extract(page.page_id)))
        items = []
        for title, label in json.loads(page.options):
            address = html.escape(self.site.page_address + title_in_url(title))
            kind = "" if self.database.page_by_title(title) else 'class="new" '
            words = html.escape(label or title)
            link = f'<a href="{address}" {kind}title="{html.escape(title)}">{words}</a>'
            items.append(f"<li>{link}</li>")
        return f"<ul>{''.join(items)}</ul>"

    def _extracts(self, page: Page) -> Answer:
        """The plain text, whole, its introduction, or the beginning of either."""
        intro, rest = self.database.extract(page.page_id)
        text = intro if "exintro" in self.parameters else join_extract(intro, rest)
        if count := self.parameters.integer("exsentences", 0, MAX_SENTENCES):
            text = " ".join(split_sentences(text, count))
        elif count := self.parameters.integer("exchars", 0, MAX_CHARS):
            text = _first_chars(text, count)
        return {"extract": text if "explaintext" in self.parameters else _as_html(text)}

    def _links(self, page: Page) -> Answer:
        known = tuple(str(number) for number in (0, *self.site.namespaces.values()))
        namespaces = [int(number) for number in self.parameters.choices("plnamespace", known)]
        links = [
            {"ns": number, "title": title}
            for number, title in self.database.links(page.page_id)
            if not namespaces or number in namespaces
        ]
        return {"links": links} if links else {}

    def _categories(self, page: Page) -> Answer:
        prefix = next((name for name, n in self.site.namespaces.items() if n == 14), "Category")
        titles = self.database.categories(page.page_id)
        found = [{"ns": 14, "title": f"{prefix}:{title}"} for title in titles]
        return {"categories": found} if found else {}

    def _search(self) -> Answer:
        search = self.parameters.get("srsearch", "")
        if not search:
            raise ApiError("missingparam", 'The "srsearch" parameter must be set.')
        if len(search) > MAX_SEARCH_CHARS:
            raise ApiError(
                "cirrussearch-query-too-long",
                "Search request is longer than the maximum allowed length. "
                f"(actual: {len(search)}; allowed: {MAX_SEARCH_CHARS})",
            )
        limit = max(self.parameters.integer("srlimit", 10, 500), 1)
        try:
            title = self._title(search).text
        except InvalidTitle:
            title = ""
        hits = search_articles(self.database, search, title, limit)
        facts: Answer = {}
        known = ("totalhits", "suggestion")
        for name in self.parameters.choices("srinfo", known, "|".join(known)):
            if name == "totalhits":
                facts["totalhits"] = count_hits(self.database, search)
            elif better := suggest_title(self.database, search):
                facts |= {"suggestion": better, "suggestionsnippet": better}
        found = [{"ns": 0, "title": hit.title, "pageid": hit.page_id} for hit in hits]
        return {"searchinfo": facts, "search": found} if facts else {"search": found}

    def _siteinfo(self) -> Answer:
        """Where the articles come from, and the licence they are under."""
        site, address = self.site, urlsplit(self.site.base)
        server = f"{address.scheme}://{address.netloc}"
        case = "first-letter" if site.first_letter else "case-sensitive"
        parts: Answer = {
            "general": {
                "base": site.base,
                "sitename": site.name,
                "generator": GENERATOR,
                "case": case,
                "lang": site.language,
                "articlepath": site.page_address.removeprefix(server) + "$1",
                "server": server,
            },
            "rightsinfo": {"url": site.license_url, "text": site.license_text},
            "namespaces": {
                str(number): {"id": number, "case": case, "*": name}
                for name, number in {"": 0, **site.namespaces}.items()
            },
            "extensions": [{"type": "other", "name": "TextExtracts"}],
        }
        wanted = self.parameters.choices("siprop", tuple(parts), "general")
        return {name: parts[name] for name in wanted}


def _first_chars(text: str, count: int) -> str:
    """The first `count` characters and the rest of the last word, with an ellipsis if cut."""
    rest = _REST_OF_WORD.match(text, count)
    end = rest.end() if rest else count
    return text[:end].strip() + "..." if end < len(text) else text


def _as_html(text: str) -> str:
    """Plain text with its headings and paragraphs as HTML elements."""
    elements = []
    for line in filter(None, text.split("\n")):
        heading = _HEADING.match(line)
        tag, words = (f"h{len(heading[1])}", heading[2]) if heading else ("p", line)
        elements.append(f"<{tag}>{html.escape(words, quote=False)}</{tag}>")
    return "\n".join(elements)
