"""Reads a MediaWiki XML dump, page by page: plain, .gz or .bz2, in memory that does not grow.

Of a page with several revisions the newest counts. What the wikitext means is left to `wikitext`.
"""

import bz2
import gzip
import re
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple, Self
from xml.etree.ElementTree import Element, ParseError, iterparse

from course_lib.support.wheels import DataWheel, WheelError
from course_lib.support.wiki.database import Page, Site

# 205 pages of the English Wikipedia of April 2016, which gensim has for its tests.
EMBEDDED_DUMP = DataWheel(
    "gensim",
    "4.4.0",
    "9033b18920b7774e68eafacdbd87252ffa29382ec465ddb88bd036e00fc86365",
    "gensim/test/test_data/enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2",
    tags=("--python-version=3.13", "--platform=manylinux_2_28_x86_64"),
)
_REDIRECT = re.compile(r"\s*#(\w+)\s*:?\s*\[\[([^\[\]|#\n]+)")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


class ImportFailed(Exception):
    """A dump that cannot be read, or imported. The message says why, and what to do."""


class DumpPage(NamedTuple):
    """A page, the number of its namespace, and its source."""

    page: Page
    namespace: int
    wikitext: str


def embedded_dump() -> Path:
    """The dump that the embedded Wikipedia is filled from.

    Raises:
        ImportFailed: it is not there yet, and cannot be fetched.
    """
    try:
        return EMBEDDED_DUMP.fetch()
    except WheelError as error:
        message = f"The embedded articles are missing: {error} Or give the path of another dump."
        raise ImportFailed(message) from error


class Dump:
    """An open dump: its `site`, and its pages by iteration, once.

    Raises:
        ImportFailed: on opening, and while iterating, where the file is not a whole MediaWiki dump.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pages_read = 0
        try:
            self._raw = path.open("rb")
        except OSError as error:
            raise ImportFailed(f"Cannot open the dump {path}: {error.strerror}.") from error
        try:
            self._elements = self._read()
            self.site = self._site()
        except BaseException:
            self._raw.close()
            raise

    @property
    def bytes_read(self) -> int:
        """How much of the file, as it lies on disk, has been read."""
        return self._raw.tell()

    def __iter__(self) -> Iterator[DumpPage]:
        newest: Element | None = None
        for root, element in self._elements:
            if _tag(element) == "revision":
                older = element
                if newest is None or _text(element, "timestamp") >= _text(newest, "timestamp"):
                    newest, older = element, newest
                if older is not None:
                    older.clear()  # a page may have thousands
            else:
                if newest is not None:
                    yield self._page(element, newest)
                self.pages_read += 1
                newest = None
                root.clear()  # else the emptied element of every page read would stay in memory

    def _site(self) -> Site:
        root, info = next(self._elements, (None, None))
        base = "" if info is None else _text(info, "base")
        if root is None or info is None or not base:
            raise self._not_a_dump("it has no <siteinfo> with a <base>")
        names = info.findall("{*}namespaces/{*}namespace")
        head, parameter, _ = base.partition("title=")  # https://…/index.php?title=Main_Page
        return Site(
            name=_text(info, "sitename"),
            base=base,
            page_address=head + parameter if parameter else base.rpartition("/")[0] + "/",
            language=root.get(_LANGUAGE, "en"),
            first_letter=_text(info, "case") != "case-sensitive",
            namespaces={name.text: int(name.get("key", 0)) for name in names if name.text},
        )

    def _read(self) -> Iterator[tuple[Element, Element]]:
        """The root with the site's element, then with each revision and each page."""
        try:
            events = iterparse(self._decompressed(), events=("start", "end"))
            _, root = next(events)
            if _tag(root) != "mediawiki":
                raise self._not_a_dump(f"its first element is <{_tag(root)}>")
            for event, element in events:
                if event == "end" and _tag(element) in (
                    "siteinfo",
                    "revision",
                    "page",
                ):
                    yield root, element
        except (OSError, EOFError, ParseError, zlib.error, ValueError) as error:
            reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
            if not self.pages_read:
                kind = "XML" if isinstance(error, ParseError) else "compressed data"
                raise self._not_a_dump(f"it is no {kind} that can be read ({reason})") from error
            raise self._broken(reason) from error

    def _page(self, page: Element, revision: Element) -> DumpPage:
        try:
            return _page(page, revision)
        except ValueError as error:
            raise self._broken(f"a number is missing, or none ({error})") from error

    def _broken(self, reason: str) -> ImportFailed:
        return ImportFailed(
            f"The dump {self.path} is broken after page {self.pages_read}: {reason}. "
            "It is probably an incomplete download: fetch it again and compare its checksum."
        )

    def _decompressed(self) -> BufferedIOBase:
        start = self._raw.read(3)
        self._raw.seek(0)
        if start[:2] == b"7z":
            raise self._not_a_dump("it is a 7z archive: unpack it first, then import the XML")
        if start == b"BZh":
            return bz2.open(self._raw)
        return gzip.open(self._raw) if start[:2] == b"\x1f\x8b" else self._raw

    def _not_a_dump(self, reason: str) -> ImportFailed:
        return ImportFailed(
            f"{self.path} is not a MediaWiki XML dump: {reason}. "
            "Dumps are named like simplewiki-latest-pages-articles.xml.bz2 "
            "and come from https://dumps.wikimedia.org/."
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._raw.close()


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: Element, name: str) -> str:
    return element.findtext(f"{{*}}{name}") or ""


def _page(page: Element, revision: Element) -> DumpPage:
    wikitext = _text(revision, "text")
    if _text(revision, "model") not in ("", "wikitext"):
        wikitext = ""  # JSON, CSS or a script: nothing that a reader reads
    redirect, written = page.find("{*}redirect"), _REDIRECT.match(wikitext)
    redirect_to = None
    if redirect is not None:
        redirect_to = redirect.get("title") or (written[2] if written else "")
    elif written and written[1].lower() == "redirect":  # the word has translations
        redirect_to = written[2]
    found = Page(
        page_id=int(_text(page, "id")),
        title=_text(page, "title").replace("_", " "),
        redirect_to=redirect_to,
        revision_id=int(_text(revision, "id")),
        parent_id=int(_text(revision, "parentid") or 0),
        timestamp=_text(revision, "timestamp"),
        size_bytes=len(wikitext.encode()),
    )
    return DumpPage(found, int(_text(page, "ns") or 0), wikitext)
