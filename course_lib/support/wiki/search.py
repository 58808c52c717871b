"""Full-text search over the embedded Wikipedia, and a title for a misspelt search.

As on Wikipedia, an article must hold every word of a search (or a word with the same stem), and the
one whose title is the search itself comes first. The order of the rest is SQLite's BM25, in which a
word of the title weighs more than one of the introduction, and that more than one further down.
Chinese and Japanese are written without spaces: there each character is a word of the index, and a
search finds characters that stand together.
"""

import difflib
import re
import unicodedata

from course_lib.support.wiki.database import Page, WikipediaDatabase

# Weights of title, redirects' titles, introduction and the rest of the text.
COLUMN_WEIGHTS = (20.0, 10.0, 2.0, 1.0)
MAX_SEARCH_WORDS = 50

MIN_SUGGESTED_LENGTH = 4
MIN_SIMILARITY = 0.75
MAX_CANDIDATES = 5_000  # so many take a quarter of a second

_PHRASE_OR_WORD = re.compile(r'"([^"]*)"|([^\s"]+)')
_UNSPACED = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")


def indexed(text: str) -> str:
    """The text as the index has it: characters of scripts without spaces stand alone."""
    return _UNSPACED.sub(r" \1 ", text)


def search_words(text: str) -> list[str]:
    """The words of a text, in lower case, as the index cuts them: letters and digits together."""
    spaced = (c if unicodedata.category(c)[0] in "LNM" else " " for c in text.lower())
    return indexed("".join(spaced)).split()


def match_expression(search: str) -> str:
    """The search in FTS5's language, in which no character of it can be an operator.

    Words in double quotes must stand together, and so must unspaced characters; an empty result
    means that nothing can match.
    """
    phrases: list[str] = []
    for quoted, word in _PHRASE_OR_WORD.findall(search):
        words = search_words(quoted or word)
        together = quoted or _UNSPACED.search(word)
        phrases += [" ".join(words)] if together and words else words
    different = list(dict.fromkeys(phrases))[:MAX_SEARCH_WORDS]
    return " AND ".join(f'"{phrase}"' for phrase in different)


def count_hits(database: WikipediaDatabase, search: str) -> int:
    """How many articles match."""
    expression = match_expression(search)
    query = "SELECT count(*) FROM article_index WHERE article_index MATCH ?"
    return database.connection.execute(query, (expression,)).fetchone()[0] if expression else 0


def search_articles(database: WikipediaDatabase, search: str, title: str, limit: int) -> list[Page]:
    """The articles that match, best first, at most `limit`.

    `title` is the search as a page's title: that page, or where it redirects to, comes first.
    """
    expression = match_expression(search)
    first = database.page_by_title(title)
    if first is not None and first.redirect_to is not None:
        first = database.page_by_title(first.redirect_to)
    if not expression:
        return [first] if first else []
    rows = database.connection.execute(
        "SELECT rowid FROM article_index WHERE article_index MATCH ? "
        f"ORDER BY rowid != ?, bm25(article_index, {', '.join(map(str, COLUMN_WEIGHTS))}), rowid "
        "LIMIT ?",
        (expression, first.page_id if first else -1, limit),
    ).fetchall()
    pages = (database.page_by_id(page_id) for (page_id,) in rows)
    return [page for page in pages if page is not None]


def suggest_title(database: WikipediaDatabase, search: str) -> str | None:
    """The title most like a search that finds nothing, in small letters; None without one."""
    search = search.strip().lower()
    if len(search) < MIN_SUGGESTED_LENGTH or count_hits(database, search):
        return None
    rows = database.connection.execute(
        "SELECT title FROM page WHERE substr(title, 1, 1) IN (?, ?) LIMIT ?",
        (search[0], search[0].upper(), MAX_CANDIDATES),
    )
    candidates = [title.lower() for (title,) in rows]
    found = difflib.get_close_matches(search, candidates, 1, MIN_SIMILARITY)
    return found[0] if found else None
