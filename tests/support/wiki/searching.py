"""A search as tests ask for it."""

from course_lib.support.wiki.database import WikipediaDatabase
from course_lib.support.wiki.search import search_articles


def search(database: WikipediaDatabase, words: str, limit: int = 10) -> list[str]:
    """The titles of the articles found, best first."""
    title = words[:1].upper() + words[1:]
    return [hit.title for hit in search_articles(database, words, title, limit)]
