"""The database of the embedded Wikipedia: its tables, and reading pages from it.

One SQLite file, written once by `importer` and replaced as a whole by the next import, so
that a reader opens it read-only for each request and never meets a half-written one. Searching is
in `search`.
"""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

# Raised by every change of the tables or of the text extraction, so that old files are rebuilt.
SCHEMA_VERSION = "2"

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE namespace (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE page (
    page_id INTEGER PRIMARY KEY,
    title TEXT NOT NULL UNIQUE,
    redirect_to TEXT,
    redirect_fragment TEXT NOT NULL,
    revision_id INTEGER NOT NULL,
    parent_id INTEGER NOT NULL,
    timestamp TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    word_count INTEGER NOT NULL,
    is_disambiguation INTEGER NOT NULL
);
CREATE INDEX page_redirect ON page (redirect_to) WHERE redirect_to IS NOT NULL;
CREATE TABLE article (
    page_id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    redirects TEXT NOT NULL,
    intro TEXT NOT NULL,
    rest TEXT NOT NULL
);
CREATE TABLE source (page_id INTEGER PRIMARY KEY, wikitext_zlib BLOB NOT NULL);
-- Titles with underscores, as MediaWiki stores them: their order is the order of its answers.
CREATE TABLE link (
    page_id INTEGER, namespace INTEGER, title TEXT, PRIMARY KEY (page_id, namespace, title)
) WITHOUT ROWID;
CREATE TABLE category (page_id INTEGER, title TEXT, PRIMARY KEY (page_id, title)) WITHOUT ROWID;
CREATE TABLE word (
    word TEXT PRIMARY KEY, initial TEXT NOT NULL, length INTEGER NOT NULL, articles INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX word_shape ON word (initial, length, articles DESC);
CREATE VIRTUAL TABLE article_index USING fts5(
    title, redirects, intro, rest,
    content='article', content_rowid='page_id', tokenize='porter unicode61 remove_diacritics 2'
);
"""

_PAGE_COLUMNS = """page_id, title, redirect_to, redirect_fragment, revision_id, parent_id,
    timestamp, size_bytes, word_count, is_disambiguation"""


class DatabaseMissing(Exception):
    """There is no database at the path, or not one of this version. Says how to make one."""


@dataclass(frozen=True)
class Page:
    """A page of namespace 0. `redirect_to` is None for an article; `size_bytes` of its source."""

    page_id: int
    title: str
    redirect_to: str | None
    redirect_fragment: str
    revision_id: int
    parent_id: int
    timestamp: str
    size_bytes: int
    word_count: int
    is_disambiguation: bool


@dataclass(frozen=True)
class SiteFacts:
    """The wiki that the articles come from, and the licence that they are under.

    `page_address` and a title, as in a URL, make the address of a page.
    """

    name: str
    base: str
    page_address: str
    main_page: str
    language: str
    first_letter: bool
    license_text: str
    license_url: str


class WikipediaDatabase:
    """One request's view of the database. Made by `open_database`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def site(self) -> SiteFacts:
        """What is known of the wiki itself."""
        meta = dict(self.connection.execute("SELECT key, value FROM meta"))
        return SiteFacts(
            name=meta["name"],
            base=meta["base"],
            page_address=meta["page_address"],
            main_page=meta["main_page"],
            language=meta["language"],
            first_letter=meta["first_letter"] == "yes",
            license_text=meta["license_text"],
            license_url=meta["license_url"],
        )

    def namespaces(self) -> dict[str, int]:
        """The site's namespace names and their numbers."""
        return dict(self.connection.execute("SELECT name, number FROM namespace ORDER BY number"))

    def namespace_name(self, number: int) -> str:
        """The site's own name of a namespace, such as "Kategorie"; empty where it has none."""
        row = self.connection.execute(
            "SELECT name FROM namespace WHERE number = ? LIMIT 1", (number,)
        ).fetchone()
        return row[0] if row else ""

    def page_by_title(self, title: str) -> Page | None:
        """The page with this title in its normal form; a redirect is not followed."""
        return self._page("title = ?", title)

    def page_by_id(self, page_id: int) -> Page | None:
        """The page with this number."""
        return self._page("page_id = ?", page_id)

    def _page(self, condition: str, value: str | int) -> Page | None:
        row = self.connection.execute(
            f"SELECT {_PAGE_COLUMNS} FROM page WHERE {condition}", (value,)
        ).fetchone()
        return None if row is None else Page(*row[:-1], is_disambiguation=bool(row[-1]))

    def extract(self, page_id: int) -> tuple[str, str]:
        """The plain text before an article's first heading, and all that follows it."""
        row = self.connection.execute(
            "SELECT intro, rest FROM article WHERE page_id = ?", (page_id,)
        ).fetchone()
        return row or ("", "")

    def wikitext(self, page_id: int) -> str:
        """A page's source."""
        row = self.connection.execute(
            "SELECT wikitext_zlib FROM source WHERE page_id = ?", (page_id,)
        ).fetchone()
        return zlib.decompress(row[0]).decode() if row else ""

    def links(
        self, page_id: int, start: tuple[int, str], limit: int, namespaces: list[int] | None = None
    ) -> list[tuple[int, str]]:
        """At most `limit` titles that a page links to, with underscores, in order from `start`."""
        chosen = "" if namespaces is None else f"AND namespace IN ({_marks(namespaces)})"
        return self.connection.execute(
            f"SELECT namespace, title FROM link WHERE page_id = ? AND (namespace, title) >= (?, ?) "
            f"{chosen} ORDER BY namespace, title LIMIT ?",
            (page_id, *start, *(namespaces or []), limit),
        ).fetchall()

    def categories(self, page_id: int, start: str, limit: int) -> list[str]:
        """At most `limit` categories of a page, with underscores, in order from `start`."""
        rows = self.connection.execute(
            "SELECT title FROM category WHERE page_id = ? AND title >= ? ORDER BY title LIMIT ?",
            (page_id, start, limit),
        )
        return [title for (title,) in rows]


def _marks(values: list[int]) -> str:
    return ", ".join("?" * len(values))


def fingerprint_of(path: Path) -> str | None:
    """What the database at this path was made from, or None where there is none to read."""
    try:
        with closing(_connect(path)) as connection:
            return _read_meta(connection, "fingerprint")
    except sqlite3.Error:
        return None


@contextmanager
def open_database(path: Path) -> Iterator[WikipediaDatabase]:
    """The database, open for reading until the end of the `with` block.

    Raises:
        DatabaseMissing: where there is none, or one of another version of this package.
    """
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(closing(_connect(path)))
            schema = _read_meta(connection, "schema")
        except sqlite3.Error:
            schema = None
        if schema != SCHEMA_VERSION:
            raise DatabaseMissing(
                f"No embedded Wikipedia in {path}. "
                "Make it with: python -m course_lib.support.wiki.importer"
            )
        yield WikipediaDatabase(connection)


def _connect(path: Path) -> sqlite3.Connection:
    # The file is replaced, never changed, so SQLite need not lock it or look for changes.
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _read_meta(connection: sqlite3.Connection, key: str) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None
