"""What can be recommended from the embedded Wikipedia, and how popular each article is there."""

from pathlib import Path
from typing import NamedTuple

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
