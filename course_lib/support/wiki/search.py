"""Full-text search over the embedded Wikipedia, and better spellings of a search.

As on Wikipedia, an article must hold every word of a search (or a word with the same stem), and the
one whose title is the search itself comes first. The order of the rest is SQLite's BM25, in which a
word of the title weighs more than one of the introduction, and that more than one further down.
"""

import re
import sqlite3
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

from course_lib.support.wiki.database import Page, WikipediaDatabase

# Weights of title, redirects' titles, introduction and the rest of the text.
COLUMN_WEIGHTS = (20.0, 10.0, 2.0, 1.0)
MAX_SEARCH_WORDS = 50
SNIPPET_TOKENS = 30

MIN_SUGGESTED_LENGTH = 4
MIN_SIMILARITY = 0.75
MAX_CANDIDATES = 2_000
# How far a word's length may be from the misspelt one's.
MAX_LENGTH_DIFFERENCE = 2

_PHRASE_OR_WORD = re.compile(r'"([^"]*)"|([^\s"]+)')


@dataclass(frozen=True)
class Hit:
    """An article found. `snippet` is text around the words, those in `searchmatch` spans."""

    page: Page
    snippet: str


def search_words(text: str) -> list[str]:
    """The words of a text, in lower case, as the index cuts them: letters and digits together."""
    spaced = (c if unicodedata.category(c)[0] in "LNM" else " " for c in text.casefold())
    return "".join(spaced).split()


def match_expression(search: str) -> str:
    """The search in FTS5's language, in which no character of it can be an operator.

    Words in double quotes must stand together; an empty result means that nothing can match.
    """
    phrases = []
    for quoted, word in _PHRASE_OR_WORD.findall(search):
        words = search_words(quoted or word)
        phrases += [" ".join(words)] if quoted and words else words
    different = list(dict.fromkeys(phrases))[:MAX_SEARCH_WORDS]
    return " AND ".join(f'"{phrase}"' for phrase in different)


def count_hits(database: WikipediaDatabase, search: str) -> int:
    """How many articles match."""
    expression = match_expression(search)
    if not expression:
        return 0
    query = "SELECT count(*) FROM article_index WHERE article_index MATCH ?"
    return database.connection.execute(query, (expression,)).fetchone()[0]


def search_articles(
    database: WikipediaDatabase, search: str, title: str, offset: int, limit: int, snippets: bool
) -> list[Hit]:
    """The articles that match, best first, without the first `offset`, at most `limit`.

    `title` is the search as a page's title: that page, or where it redirects to, comes first.
    """
    expression = match_expression(search)
    if not expression:
        return []
    first = database.page_by_title(title)
    if first is not None and first.redirect_to is not None:
        first = database.page_by_title(first.redirect_to)
    first_id = first.page_id if first is not None and first.redirect_to is None else -1
    rows = database.connection.execute(
        "SELECT rowid FROM article_index WHERE article_index MATCH ? "
        f"ORDER BY rowid != ?, bm25(article_index, {', '.join(map(str, COLUMN_WEIGHTS))}), rowid "
        "LIMIT ? OFFSET ?",
        (expression, first_id, limit, offset),
    ).fetchall()
    pages = (database.page_by_id(page_id) for (page_id,) in rows)
    return [
        Hit(page, _snippet(database, expression, page.page_id) if snippets else "")
        for page in pages
        if page is not None
    ]


def _snippet(database: WikipediaDatabase, expression: str, page_id: int) -> str:
    # Marked with control characters first: the text around them is yet to be escaped.
    (text,) = database.connection.execute(
        "SELECT snippet(article_index, -1, char(2), char(3), '...', ?) FROM article_index "
        "WHERE article_index MATCH ? AND rowid = ?",
        (SNIPPET_TOKENS, expression, page_id),
    ).fetchone()
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\x02", '<span class="searchmatch">').replace("\x03", "</span>")


def suggest_spelling(database: WikipediaDatabase, search: str) -> str | None:
    """The search with each unknown word replaced by a known one like it.

    None where every word is known, or where one of the unknown ones is like no known word.
    """
    words = search_words(search)[:MAX_SEARCH_WORDS]
    better = []
    for word in words:
        replacement = word if _is_known(database.connection, word) else None
        if replacement is None:
            replacement = _similar_word(database.connection, word)
        if replacement is None:
            return None
        better.append(replacement)
    return " ".join(better) if better != words else None


def _is_known(connection: sqlite3.Connection, word: str) -> bool:
    if connection.execute("SELECT 1 FROM word WHERE word = ?", (word,)).fetchone():
        return True
    expression = f'"{word}"'
    query = "SELECT 1 FROM article_index WHERE article_index MATCH ? LIMIT 1"
    return connection.execute(query, (expression,)).fetchone() is not None


def _similar_word(connection: sqlite3.Connection, word: str) -> str | None:
    if len(word) < MIN_SUGGESTED_LENGTH:
        return None
    shortest, longest = len(word) - MAX_LENGTH_DIFFERENCE, len(word) + MAX_LENGTH_DIFFERENCE
    candidates = connection.execute(
        "SELECT word, articles FROM word WHERE initial = ? AND length BETWEEN ? AND ? "
        "ORDER BY articles DESC LIMIT ?",
        (word[0], shortest, longest, MAX_CANDIDATES),
    )
    best, best_rank = None, (MIN_SIMILARITY, 0)
    # The matcher prepares its second sequence, so the word that stays the same is that one.
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word)
    for candidate, articles in candidates:
        matcher.set_seq1(candidate)
        if matcher.real_quick_ratio() < best_rank[0] or matcher.quick_ratio() < best_rank[0]:
            continue
        rank = (matcher.ratio(), articles)
        if rank > best_rank:
            best, best_rank = candidate, rank
    return best
