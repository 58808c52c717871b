"""The database of the embedded Wikipedia: its tables, and reading pages from it.

One SQLite file, written once by `importer` and replaced as a whole by the next import, so that a
reader opens it read-only for each request and never meets a half-written one.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

# Raised by every change of the tables or of the text extraction, so that old files are rebuilt.
SCHEMA_VERSION = "3"

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE page (
    page_id INTEGER PRIMARY KEY,
    title TEXT NOT NULL UNIQUE,
    redirect_to TEXT,  -- NULL for an article
    revision_id INTEGER NOT NULL,
    parent_id INTEGER NOT NULL,
    timestamp TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    options TEXT  -- of a disambiguation page, as JSON; else NULL
);
CREATE INDEX page_redirect ON page (redirect_to) WHERE redirect_to IS NOT NULL;
CREATE TABLE article (page_id INTEGER PRIMARY KEY, intro TEXT NOT NULL, rest TEXT NOT NULL);
CREATE TABLE link (
    page_id INTEGER, namespace INTEGER, title TEXT, PRIMARY KEY (page_id, namespace, title)
) WITHOUT ROWID;
CREATE TABLE category (page_id INTEGER, title TEXT, PRIMARY KEY (page_id, title)) WITHOUT ROWID;
CREATE VIRTUAL TABLE article_index USING fts5(
    title, redirects, intro, rest, content='', tokenize='porter unicode61 remove_diacritics 2'
);
"""


class DatabaseMissing(Exception):
    """There is no database at the path, or not one of this version. Says how to make one."""


@dataclass(frozen=True)
class Site:
    """The wiki that the articles come from, and the licence that they are under.

    `base` is the address of its main page. `page_address` and a title, as in a URL, make the
    address of a page. `namespaces` maps names to numbers; `first_letter` says whether titles begin
    with a capital letter whatever a link writes.
    """

    name: str
    base: str
    page_address: str
    language: str
    first_letter: bool
    namespaces: dict[str, int]
    license_text: str = ""
    license_url: str = ""


@dataclass(frozen=True)
class Page:
    """A page of namespace 0, as it stands in the table. `timestamp` is in ISO 8601, UTC."""

    page_id: int
    title: str
    redirect_to: str | None
    revision_id: int
    parent_id: int
    timestamp: str
    size_bytes: int
    options: str | None = None


class WikipediaDatabase:
    """One request's view of the database. Made by `open_database`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def site(self) -> Site:
        """What is known of the wiki itself."""
        return Site(**json.loads(_read_meta(self.connection, "site") or ""))

    def page_by_title(self, title: str) -> Page | None:
        """The page with this title in its normal form; a redirect is not followed."""
        return self._page("title = ?", title)

    def page_by_id(self, page_id: int) -> Page | None:
        """The page with this number."""
        return self._page("page_id = ?", page_id)

    def _page(self, condition: str, value: str | int) -> Page | None:
        row = self.connection.execute(f"SELECT * FROM page WHERE {condition}", (value,)).fetchone()
        return row and Page(*row)

    def extract(self, page_id: int) -> tuple[str, str]:
        """The plain text before an article's first heading, and all that follows it."""
        query = "SELECT intro, rest FROM article WHERE page_id = ?"
        return self.connection.execute(query, (page_id,)).fetchone() or ("", "")

    def links(self, page_id: int) -> list[tuple[int, str]]:
        """Namespace and title of what a page links to, in this order."""
        query = "SELECT namespace, title FROM link WHERE page_id = ? ORDER BY namespace, title"
        return self.connection.execute(query, (page_id,)).fetchall()

    def categories(self, page_id: int) -> list[str]:
        """The names of a page's categories, in their order."""
        query = "SELECT title FROM category WHERE page_id = ? ORDER BY title"
        return [title for (title,) in self.connection.execute(query, (page_id,))]


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
