"""Which pages a query is about: `titles` or `pageids`, normalised, with redirects followed.

Gives the part of the answer that every property shares; the properties are added by
`api_properties`.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from course_lib.support.wiki.api_parameters import ApiError, Parameters, parse_integer
from course_lib.support.wiki.database import Page, SiteFacts, WikipediaDatabase
from course_lib.support.wiki.title import (
    CANONICAL_NAMESPACES,
    MAIN_NAMESPACE,
    InvalidTitle,
    Title,
    parse_title,
)

MAX_REDIRECTS = 10


@dataclass
class PageSet:
    """The pages asked for.

    `answers` is the API's `pages`: from a page's number to what is said of it, negative for what
    does not exist. `found` holds the existing ones in the order of their titles, `missing` the
    valid titles of the others by their negative number.
    """

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    found: list[Page] = field(default_factory=list)
    missing: dict[str, Title] = field(default_factory=dict)
    normalized: list[dict[str, str]] = field(default_factory=list)
    redirects: list[dict[str, str]] = field(default_factory=list)
    interwiki: list[dict[str, str]] = field(default_factory=list)

    def query_answer(self) -> dict[str, Any]:
        """The pages as they stand in an answer's `query`, without the lists that are empty."""
        parts = {
            "normalized": self.normalized,
            "redirects": self.redirects,
            "interwiki": self.interwiki,
            "pages": self.answers,
        }
        return {name: part for name, part in parts.items() if part}


def read_page_set(parameters: Parameters, database: WikipediaDatabase, site: SiteFacts) -> PageSet:
    """Find the pages of a query.

    Raises:
        ApiError: both `titles` and `pageids`, too many of them, or a number that is none.
    """
    raw_titles = parameters.raw_values("titles")
    titles = parameters.values("titles", "query")
    page_ids = [
        parse_integer("pageids", value) for value in parameters.values("pageids", "query") if value
    ]
    if titles and page_ids:
        raise ApiError("multisource", 'The "pageids" parameter cannot be used with "titles".')
    finder = _PageFinder(database, site, parameters.has("redirects"))
    for raw, text in zip(raw_titles, titles, strict=True):
        finder.add_title(raw, text)
    for page_id in page_ids:
        finder.add_page_id(page_id)
    return finder.page_set()


class _PageFinder:
    """Collects pages one by one, each once, and numbers those that do not exist at the end."""

    def __init__(
        self, database: WikipediaDatabase, site: SiteFacts, follow_redirects: bool
    ) -> None:
        self._database = database
        self._first_letter = site.first_letter
        self._namespaces = CANONICAL_NAMESPACES | database.namespaces()
        self._follow_redirects = follow_redirects
        self._pages = PageSet()
        self._found: dict[int, Page] = {}
        self._absent: dict[str, Title] = {}
        self._unanswerable: list[dict[str, Any]] = []
        self._unknown_ids: dict[str, dict[str, Any]] = {}

    def add_title(self, raw: str, text: str) -> None:
        """Add the page of a title: `raw` as it was sent, `text` in Unicode's normal form."""
        try:
            title = self._parse(text)
        except InvalidTitle as error:
            self._note_normalized(raw, text, text)
            answer = {"title": text, "invalidreason": str(error), "invalid": ""}
            _append_new(self._unanswerable, answer)
            return
        if title.interwiki:
            entry = {"title": title.text, "iw": title.interwiki}
            _append_new(self._pages.interwiki, entry)
            return
        self._note_normalized(raw, text, title.text)
        if title.namespace < 0:
            answer = {"ns": title.namespace, "title": title.text, "special": ""}
            _append_new(self._unanswerable, answer)
        elif title.text:
            self._add(title)

    def add_page_id(self, page_id: int) -> None:
        """Add the page with this number."""
        page = self._database.page_by_id(page_id)
        if page is None:
            self._unknown_ids[str(page_id)] = {"pageid": page_id, "missing": ""}
        else:
            self._add(Title(MAIN_NAMESPACE, page.title))

    def page_set(self) -> PageSet:
        """All that was added, in MediaWiki's order: what is missing first, the rest by title."""
        pages = self._pages
        unanswerable = {str(-n): answer for n, answer in enumerate(self._unanswerable, start=1)}
        first = len(unanswerable) + 1
        pages.missing = {str(-n): title for n, title in enumerate(self._absent.values(), first)}
        for number, title in pages.missing.items():
            pages.answers[number] = {"ns": title.namespace, "title": title.text, "missing": ""}
        pages.answers |= unanswerable | self._unknown_ids
        pages.found = sorted(self._found.values(), key=lambda page: page.title)
        for page in pages.found:
            answer = {"pageid": page.page_id, "ns": MAIN_NAMESPACE, "title": page.title}
            pages.answers[str(page.page_id)] = answer
        return pages

    def _parse(self, text: str) -> Title:
        return parse_title(text, self._namespaces, first_letter=self._first_letter)

    def _add(self, title: Title) -> None:
        page = self._database.page_by_title(title.text)
        for _ in range(MAX_REDIRECTS):
            if page is None or page.redirect_to is None or not self._follow_redirects:
                break
            entry = {"from": page.title, "to": page.redirect_to}
            if page.redirect_fragment:
                entry["tofragment"] = page.redirect_fragment
            try:
                title = self._parse(page.redirect_to)
            except InvalidTitle:
                break
            if entry in self._pages.redirects:
                break
            self._pages.redirects.append(entry)
            page = self._database.page_by_title(title.text)
        if page is None:
            self._absent[title.text] = title
        else:
            self._found[page.page_id] = page

    def _note_normalized(self, raw: str, text: str, normal: str) -> None:
        if raw == normal:
            return
        entry = {"from": text, "to": normal}
        if raw != text:
            # What was sent cannot stand in JSON as it is, or looks the same as what it became.
            entry = {"fromencoded": "", "from": quote(raw.encode("utf-8", "replace")), "to": normal}
        _append_new(self._pages.normalized, entry)


def _append_new(entries: list[dict[str, Any]], entry: dict[str, Any]) -> None:
    if entry not in entries:
        entries.append(entry)
