"""Reads a MediaWiki XML dump, page by page: plain, .gz or .bz2, in memory that does not grow.

Of a page with several revisions the last counts. Namespaces, redirects and the site's own address
are passed on as the dump states them; what the wikitext means is left to `wikitext`.
"""

import bz2
import gzip
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from xml.etree.ElementTree import ParseError

import mwxml
from mwxml.element_iterator import ElementIterator
from mwxml.errors import MalformedXML

from course_lib.support.wheels import DataWheel, WheelError

EMBEDDED_DUMP = DataWheel(
    "gensim",
    "4.4.0",
    "9033b18920b7774e68eafacdbd87252ffa29382ec465ddb88bd036e00fc86365",
    "gensim/test/test_data/enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2",
    tags=("--python-version=3.13", "--platform=manylinux_2_28_x86_64"),
)
_LANGUAGE_ATTRIBUTE = "{http://www.w3.org/XML/1998/namespace}lang"
_READING_ERRORS = (
    OSError,
    EOFError,
    ParseError,
    MalformedXML,
    UnicodeDecodeError,
    ValueError,
    TypeError,
    AttributeError,
)


class DumpError(Exception):
    """A dump that cannot be read. The message says what is wrong and what to do."""


@dataclass(frozen=True)
class Site:
    """The wiki that a dump comes from.

    `base` is the address of its main page; `namespaces` maps each namespace's name to its number;
    `first_letter` says whether titles begin with a capital letter whatever a link writes.
    """

    name: str
    base: str
    language: str
    first_letter: bool
    namespaces: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DumpPage:
    """A page in its last revision. `timestamp` is in ISO 8601, UTC."""

    page_id: int
    namespace: int
    title: str
    redirect_to: str | None
    revision_id: int
    parent_id: int
    timestamp: str
    wikitext: str


def embedded_dump() -> Path:
    """The dump of 205 pages of the English Wikipedia of April 2016 that gensim has for its tests.

    Raises:
        DumpError: it is not there yet, and cannot be fetched.
    """
    try:
        return EMBEDDED_DUMP.fetch()
    except WheelError as error:
        raise DumpError(
            f"The embedded articles are missing: {error} Or give the path of another dump."
        ) from error


class Dump(AbstractContextManager["Dump"]):
    """An open dump: its `site`, and its pages by iteration, once.

    Raises:
        DumpError: on opening, and while iterating, where the file is not a whole MediaWiki dump.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._raw = path.open("rb")
        except OSError as error:
            raise DumpError(f"Cannot open the dump {path}: {error.strerror}.") from error
        try:
            self._root = ElementIterator.from_file(_decompressed(self._raw, path))
            if self._root.tag != "mediawiki":
                raise DumpError(_not_a_dump(path, f"its first element is <{self._root.tag}>"))
            self._dump = mwxml.Dump.from_element(self._root)
            self.site = _site(self._dump.site_info, self._root)
        except _READING_ERRORS as error:
            self._raw.close()
            raise DumpError(_not_a_dump(path, _first_line(error))) from error
        except DumpError:
            self._raw.close()
            raise

    @property
    def bytes_read(self) -> int:
        """How much of the file, as it lies on disk, has been read."""
        return self._raw.tell()

    def __iter__(self) -> Iterator[DumpPage]:
        pages_read = 0
        try:
            for page in self._dump.pages:
                revision = None
                for revision in page:  # noqa: B007 - the last one is meant
                    pass
                if revision is not None:
                    yield _dump_page(page, revision)
                pages_read += 1
                # Without this the emptied element of every page read would stay in memory.
                self._root.element.clear()
        except _READING_ERRORS as error:
            raise DumpError(
                f"The dump {self.path} is broken after page {pages_read}: {_first_line(error)}. "
                "It is probably an incomplete download: fetch it again and compare its checksum."
            ) from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._raw.close()

    def __enter__(self) -> Self:
        return self


def _decompressed(raw: IO[bytes], path: Path) -> IO[bytes]:
    start = raw.read(3)
    raw.seek(0)
    if start == b"BZh":
        return bz2.open(raw)
    if start[:2] == b"\x1f\x8b":
        return gzip.open(raw)
    if start[:2] == b"7z":
        raise DumpError(f"The dump {path} is a 7z archive: unpack it first, then import the XML.")
    return raw


def _site(info: mwxml.SiteInfo, root: ElementIterator) -> Site:
    if not info.base:
        raise ValueError("its <siteinfo> has no <base>")
    return Site(
        name=info.name or "",
        base=info.base,
        language=root.attr(_LANGUAGE_ATTRIBUTE) or "en",
        first_letter=info.case != "case-sensitive",
        namespaces={namespace.name or "": namespace.id for namespace in info.namespaces or []},
    )


def _dump_page(page: mwxml.Page, revision: mwxml.Revision) -> DumpPage:
    return DumpPage(
        page_id=page.id,
        namespace=page.namespace,
        title=page.title,
        redirect_to=page.redirect,
        revision_id=revision.id,
        parent_id=int(revision.parent_id or 0),
        timestamp=revision.timestamp.long_format(),
        wikitext=revision.text or "",
    )


def _not_a_dump(path: Path, reason: str) -> str:
    return (
        f"{path} is not a MediaWiki XML dump: {reason}. "
        "Dumps are named like simplewiki-latest-pages-articles.xml.bz2 "
        "and come from https://dumps.wikimedia.org/."
    )


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200].rstrip(".:, ")
