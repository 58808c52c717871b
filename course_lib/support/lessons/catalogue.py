"""What can be recommended from the embedded Wikipedia: the most popular articles, the nearest."""

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib.support.sentences import split_sentences
from course_lib.support.wiki.database import open_database
from course_lib.support.wiki.importer import ensure_database

OPENING_SENTENCES = 2

INTRODUCTIONS = "SELECT title, intro FROM page JOIN article USING (page_id) WHERE options IS NULL"
# A link's target may be a redirect, and it may lead back home.
LINKS = """
SELECT coalesce(target.redirect_to, target.title) AS title, count(DISTINCT source.page_id)
FROM link
JOIN page AS source ON source.page_id = link.page_id
JOIN page AS target ON target.title = link.title
WHERE link.namespace = 0 AND source.options IS NULL
    AND source.title <> coalesce(target.redirect_to, target.title)
GROUP BY 1
"""


class CatalogueEntry(NamedTuple):
    """An article that can be recommended; `links` counts the other articles that link to it."""

    title: str
    opening: str
    links: int


def read_catalogue(database: Path) -> list[CatalogueEntry]:
    """Return the articles with an introduction, the most linked first, then by title.

    Fills the database from the embedded dump where there is none.
    """
    ensure_database(database)
    with open_database(database) as wiki:
        introductions = wiki.connection.execute(INTRODUCTIONS).fetchall()
        links = dict(wiki.connection.execute(LINKS))
    entries = [
        CatalogueEntry(title, " ".join(sentences), links.get(title, 0))
        for title, introduction in introductions
        if (sentences := split_sentences(introduction, OPENING_SENTENCES))
    ]
    return sorted(entries, key=lambda entry: (-entry.links, entry.title))


def nearest(
    vectors: np.ndarray, profile: np.ndarray, left_out: Collection[int], count: int
) -> list[int]:
    """Return which rows of `vectors` are nearest to the mean of `profile`, the best first.

    Args:
        vectors: one row an article, each of length 1, shape (articles, dimensions).
        profile: one row for each thing known of a reader, shape (n, dimensions), n at least 1.
        left_out: rows that are not wanted.
        count: how many are wanted; fewer come back if there are fewer.
    """
    similarity = vectors @ profile.mean(axis=0)
    ranked = np.argsort(-similarity, kind="stable").tolist()
    return [row for row in ranked if row not in left_out][:count]
