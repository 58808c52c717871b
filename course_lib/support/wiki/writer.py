"""Writes the pages of a dump into an empty database of the embedded Wikipedia.

One pass over the dump, in memory that does not grow with it; what can be known only at the end
(which redirects lead to an article, the search index, the vocabulary) is made from the tables.
Opening, replacing and comparing database files is the business of `importer`.
"""

import re
import sqlite3
import zlib
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from mwparserfromhell.parser import ParserError
from tqdm import tqdm

from course_lib.support.wiki.database import SCHEMA, SCHEMA_VERSION
from course_lib.support.wiki.dump import Dump, DumpError, DumpPage, Site
from course_lib.support.wiki.title import MAIN_NAMESPACE, InvalidTitle, parse_title
from course_lib.support.wiki.wikitext import Article, parse_wikitext

_WIKIPEDIA_RELICENSED = "2023-06-07"
_REDIRECT_FRAGMENT = re.compile(r"\[\[[^\]|#]*#([^\]|]+)")
_WORD_INDEX = """
CREATE VIRTUAL TABLE temp.vocabulary_source USING fts5(
    text, content='', columnsize=0, detail='none', tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('vocabulary_source', 'row');
"""


@dataclass(frozen=True)
class ImportReport:
    """What an import did: nothing where the database held this dump already (`unchanged`).

    `unreadable` are the pages left out: nested too deeply, or with a title that no page can have.
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
        DumpError: the dump is broken, or holds no article.
        sqlite3.Error: the database cannot be written.
    """
    # The file is thrown away on any failure, so nothing need survive a crash half-way.
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
    connection.executescript(_WORD_INDEX)
    articles = redirects = 0
    unreadable = []
    latest = ""
    size_bytes = dump.path.stat().st_size
    with tqdm(
        total=size_bytes,
        unit="B",
        unit_scale=True,
        desc="Filling the embedded Wikipedia",
        disable=not progress,
    ) as bar:
        for page in dump:
            bar.update(dump.bytes_read - bar.n)
            if page.namespace != MAIN_NAMESPACE:
                continue
            latest = max(latest, page.timestamp)
            try:
                parse_title(page.title, dump.site.namespaces, first_letter=dump.site.first_letter)
            except InvalidTitle:
                unreadable.append(page.title)  # nobody could ask for it by this title
                continue
            if page.redirect_to is not None:
                redirects += _add_redirect(connection, page)
                continue
            try:
                article = parse_wikitext(
                    page.wikitext,
                    page.title,
                    dump.site.namespaces,
                    first_letter=dump.site.first_letter,
                )
            except (ParserError, RecursionError):
                unreadable.append(page.title)
                continue
            articles += _add_article(connection, page, article)
    if not articles:
        raise DumpError(
            f"The dump {dump.path} holds no article. An import needs one with the pages of "
            "namespace 0, such as simplewiki-latest-pages-articles.xml.bz2."
        )
    _finish(connection, dump.site, fingerprint, latest)
    return ImportReport(articles, redirects, tuple(unreadable))


def _add_page(connection: sqlite3.Connection, page: DumpPage, article: Article | None) -> bool:
    """Whether the page is new: a dump made of several may hold the same one twice."""
    fragment = _REDIRECT_FRAGMENT.search(page.wikitext) if article is None else None
    row = (
        page.page_id,
        page.title,
        page.redirect_to,
        fragment[1].strip() if fragment else "",
        page.revision_id,
        page.parent_id,
        page.timestamp,
        len(page.wikitext.encode()),
        len(article.extract.split()) if article else 0,
        bool(article and article.is_disambiguation),
    )
    marks = ", ".join("?" * len(row))
    added = connection.execute(f"INSERT OR IGNORE INTO page VALUES ({marks})", row).rowcount == 1
    if added:
        source = zlib.compress(page.wikitext.encode())
        connection.execute("INSERT INTO source VALUES (?, ?)", (page.page_id, source))
    return added


def _add_redirect(connection: sqlite3.Connection, page: DumpPage) -> bool:
    added = _add_page(connection, page, None)
    if added:
        target = (page.page_id, MAIN_NAMESPACE, page.redirect_to.replace(" ", "_"))
        connection.execute("INSERT INTO link VALUES (?, ?, ?)", target)
    return added


def _add_article(connection: sqlite3.Connection, page: DumpPage, article: Article) -> bool:
    added = _add_page(connection, page, article)
    if not added:
        return False
    connection.execute(
        "INSERT INTO article VALUES (?, ?, '', ?, ?)",
        (page.page_id, page.title, article.intro, article.rest),
    )
    connection.executemany(
        "INSERT INTO link VALUES (?, ?, ?)",
        ((page.page_id, number, title.replace(" ", "_")) for number, title in article.links),
    )
    connection.executemany(
        "INSERT INTO category VALUES (?, ?)",
        ((page.page_id, title.replace(" ", "_")) for title in article.categories),
    )
    connection.execute(
        "INSERT INTO temp.vocabulary_source (rowid, text) VALUES (?, ?)",
        (page.page_id, f"{page.title}\n{article.extract}"),
    )
    return True


def _finish(connection: sqlite3.Connection, site: Site, fingerprint: str, latest: str) -> None:
    """What can be known only at the end: redirects' titles, both indexes, facts on the whole."""
    connection.execute(
        "UPDATE article SET redirects = coalesce((SELECT group_concat(page.title, char(10)) "
        "FROM page WHERE page.redirect_to = article.title), '')"
    )
    connection.execute("INSERT INTO article_index (article_index) VALUES ('rebuild')")
    connection.execute(
        "INSERT INTO word SELECT term, substr(term, 1, 1), length(term), doc FROM temp.vocabulary "
        "WHERE term GLOB '[^0-9]*'"
    )
    numbers = {name: number for name, number in site.namespaces.items() if name}
    connection.executemany("INSERT INTO namespace VALUES (?, ?)", numbers.items())
    page_address, _, main_page = site.base.rpartition("/")
    license_text, license_url = license_of(site.base, latest)
    meta = {
        "schema": SCHEMA_VERSION,
        "fingerprint": fingerprint,
        "name": site.name,
        "base": site.base,
        "page_address": f"{page_address}/",
        "main_page": unquote(main_page).replace("_", " "),
        "language": site.language,
        "first_letter": "yes" if site.first_letter else "no",
        "license_text": license_text,
        "license_url": license_url,
    }
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    connection.commit()
    connection.execute("PRAGMA optimize")


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
