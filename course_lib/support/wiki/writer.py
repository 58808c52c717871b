"""Writes the pages of a dump into an empty database of the embedded Wikipedia.

One pass over the dump, in memory that does not grow with it; the search index, which has the titles
of redirects, is made from the tables at the end.
"""

import json
import sqlite3
from dataclasses import asdict, astuple, dataclass, replace
from urllib.parse import urlsplit

from mwparserfromhell.parser import ParserError
from tqdm import tqdm

from course_lib.support.wiki.database import SCHEMA, SCHEMA_VERSION, Page, Site
from course_lib.support.wiki.dump import Dump, ImportFailed
from course_lib.support.wiki.search import indexed
from course_lib.support.wiki.title import MAIN_NAMESPACE, InvalidTitle, parse_title
from course_lib.support.wiki.wikitext import parse_wikitext

_WIKIPEDIA_RELICENSED = "2023-06-07"


@dataclass(frozen=True)
class ImportReport:
    """What an import did: nothing where the database held this dump already (`unchanged`).

    `unreadable` are the pages left out: nested too deeply, a redirect to nowhere, or with a title
    that no page can have.
    """

    articles: int
    redirects: int
    unreadable: tuple[str, ...] = ()
    unchanged: bool = False


def write_database(
    connection: sqlite3.Connection, dump: Dump, fingerprint: str, *, progress: bool
) -> ImportReport:
    """Fill an empty database from an open dump, and commit.

    Raises:
        ImportFailed: the dump is broken, or holds no article.
        sqlite3.Error: the database cannot be written.
    """
    # The file is thrown away on any failure, so nothing need survive a crash half-way.
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
    unreadable = []
    latest = ""
    with tqdm(
        total=dump.path.stat().st_size,
        unit="B",
        unit_scale=True,
        desc="Filling the embedded Wikipedia",
        disable=not progress,
    ) as bar:
        for page, namespace, wikitext in dump:
            bar.update(dump.bytes_read - bar.n)
            if namespace != MAIN_NAMESPACE:
                continue
            latest = max(latest, page.timestamp)
            try:
                _add(connection, page, wikitext, dump.site)
            except (InvalidTitle, ParserError, RecursionError):
                unreadable.append(page.title)
    count = "SELECT count(*) - count(redirect_to), count(redirect_to) FROM page"
    articles, redirects = connection.execute(count).fetchone()
    if not articles:
        raise ImportFailed(
            f"The dump {dump.path} holds no article. An import needs one with the pages of "
            "namespace 0, such as simplewiki-latest-pages-articles.xml.bz2."
        )
    _index(connection)
    text, url = license_of(dump.site.base, latest)
    site = json.dumps(asdict(replace(dump.site, license_text=text, license_url=url)))
    meta = {"schema": SCHEMA_VERSION, "fingerprint": fingerprint, "site": site}
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    connection.commit()
    connection.execute("PRAGMA optimize")
    return ImportReport(articles, redirects, tuple(unreadable))


def _add(connection: sqlite3.Connection, page: Page, wikitext: str, site: Site) -> None:
    """Add a page in the place of one with its number or its title: the last one counts."""
    # A title that no page can have is refused here, since nobody could ask for it.
    parse_title(page.title, site.namespaces, first_letter=site.first_letter)
    article = None
    if page.redirect_to is not None:
        target = parse_title(page.redirect_to, site.namespaces, first_letter=site.first_letter)
        page = replace(page, redirect_to=target.text)
    else:
        article = parse_wikitext(
            wikitext,
            page.title,
            site.namespaces,
            first_letter=site.first_letter,
            timestamp=page.timestamp,
        )
        if article.options is not None:
            page = replace(page, options=json.dumps(article.options))
    key = "SELECT page_id FROM page WHERE page_id = ? OR title = ?"
    replaced = connection.execute(key, (page.page_id, page.title)).fetchall()
    for table in ("page", "article", "link", "category"):
        connection.executemany(f"DELETE FROM {table} WHERE page_id = ?", replaced)
    _insert(connection, "page", [astuple(page)])
    if article is not None:
        number = page.page_id
        _insert(connection, "article", [(number, article.intro, article.rest)])
        _insert(connection, "link", [(number, *link) for link in article.links])
        _insert(connection, "category", [(number, name) for name in article.categories])


def _insert(connection: sqlite3.Connection, table: str, rows: list[tuple]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def _index(connection: sqlite3.Connection) -> None:
    articles = connection.execute(
        "SELECT page_id, title, (SELECT group_concat(redirect.title, char(10)) FROM page "
        "AS redirect WHERE redirect.redirect_to = page.title), intro, rest "
        "FROM page JOIN article USING (page_id)"
    )
    connection.executemany(
        "INSERT INTO article_index (rowid, title, redirects, intro, rest) VALUES (?, ?, ?, ?, ?)",
        ((page_id, *(indexed(text or "") for text in texts)) for page_id, *texts in articles),
    )


def license_of(base: str, latest_revision: str) -> tuple[str, str]:
    """Name and address of the licence of a site's text, or two empty strings where unknown.

    A dump does not state it. Wikipedia moved from version 3.0 to 4.0 of the Creative Commons
    Attribution-ShareAlike licence on 7 June 2023
    (https://foundation.wikimedia.org/wiki/Policy:Terms_of_Use).
    """
    host = urlsplit(base).hostname or ""
    if not host.endswith(".wikipedia.org"):
        return "", ""
    version = "3.0" if latest_revision < _WIKIPEDIA_RELICENSED else "4.0"
    name = f"Creative Commons Attribution-ShareAlike {version}"
    return name, f"https://creativecommons.org/licenses/by-sa/{version}/"
