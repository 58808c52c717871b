"""Articles of the embedded Wikipedia, read from its file and not over HTTP."""

from pydantic import BaseModel

from course_lib.support.settings import settings
from course_lib.support.wiki.database import open_database
from course_lib.support.wiki.search import search_articles
from course_lib.support.wiki.title import title_in_url


class Source(BaseModel):
    """Where a text comes from."""

    title: str
    url: str
    revision: int
    license: str


class Article(Source):
    """A Wikipedia article, and where it comes from."""

    text: str


def read_article(search_term: str) -> Article | None:
    """Return the best article for a search term, or None where there is none.

    Raises:
        DatabaseMissing: `ensure_database` has not made the database yet.
    """
    with open_database(settings().wikipedia_database) as database:
        hits = search_articles(
            database, search_term, title=search_term, offset=0, limit=1, snippets=False
        )
        if not hits:
            return None
        page, site = hits[0].page, database.site()
        return Article(
            title=page.title,
            url=site.page_address + title_in_url(page.title),
            revision=page.revision_id,
            license=site.license_text,
            text="\n".join(database.extract(page.page_id)),
        )


def read_leads() -> dict[str, str]:
    """Return the lead of each article by title.

    Raises:
        DatabaseMissing: `ensure_database` has not made the database yet.
    """
    with open_database(settings().wikipedia_database) as database:
        return dict(database.connection.execute("SELECT title, intro FROM article"))


def read_rests(limit: int) -> list[str]:
    """Return what follows after the lead, of the first `limit` articles by page id.

    Raises:
        DatabaseMissing: `ensure_database` has not made the database yet.
    """
    with open_database(settings().wikipedia_database) as database:
        rows = database.connection.execute(
            "SELECT rest FROM article ORDER BY page_id LIMIT ?", (limit,)
        )
        return [rest for (rest,) in rows]
