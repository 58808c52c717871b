"""Articles of the embedded Wikipedia, read from its file and not over HTTP.

Each function raises DatabaseMissing where `ensure_database` has not made the database yet.
"""

from course_lib.support.settings import settings
from course_lib.support.wiki.article import Article
from course_lib.support.wiki.database import open_database
from course_lib.support.wiki.search import search_articles
from course_lib.support.wiki.title import title_in_url


def read_article(search_term: str) -> Article | None:
    """Return the best article for a search term, or None where there is none."""
    with open_database(settings().wikipedia_database) as database:
        for page in search_articles(database, search_term, title=search_term, limit=1):
            site = database.site()
            return Article(
                title=page.title,
                url=site.page_address + title_in_url(page.title),
                revision=page.revision_id,
                license=site.license_text,
                text="\n".join(database.extract(page.page_id)),
            )
    return None


def read_leads() -> dict[str, str]:
    """Return the lead of each article by title."""
    query = "SELECT title, intro FROM page JOIN article USING (page_id) ORDER BY page_id"
    with open_database(settings().wikipedia_database) as database:
        return dict(database.connection.execute(query))


def read_rests(limit: int) -> list[str]:
    """Return what follows after the lead, of the first `limit` articles by page id."""
    query = "SELECT rest FROM article ORDER BY page_id LIMIT ?"
    with open_database(settings().wikipedia_database) as database:
        return [rest for (rest,) in database.connection.execute(query, (limit,))]
