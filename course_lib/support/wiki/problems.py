"""What clients hear of an application that reads Wikipedia, when it gives no article.

`FastAPI(exception_handlers=WIKIPEDIA_PROBLEMS, responses=WIKIPEDIA_ANSWERS)` makes each error a
problem details object, those of `course_lib.support.problems` included, and documents them.
"""

import unicodedata

import wikipedia
from fastapi import Request
from fastapi.responses import JSONResponse

from course_lib.support.problems import (
    PROBLEM_ANSWERS,
    PROBLEM_HANDLERS,
    Problem,
    problem_response,
)
from course_lib.support.settings import settings
from course_lib.support.wiki.client import WikipediaError, WikipediaTimeout

MAX_OPTIONS = 50  # titles from which a client may choose
ENGLISH = {"127.0.0.1", "en.wikipedia.org", "simple.wikipedia.org"}  # the first is the embedded one

WIKIPEDIA_ANSWERS = PROBLEM_ANSWERS | {
    404: problem_response("No article, or only disambiguation pages, match the search term."),
    502: problem_response("Wikipedia cannot be reached, or its answer cannot be used."),
    504: problem_response("Wikipedia did not answer in time."),
}


def no_article(search_term: str) -> Problem:
    """Return the 404 for a search term that no article matches; it says when another script is why.

    A Wikipedia is searched in its own language. The embedded one is English, as its models are.
    """
    detail = f"Wikipedia has no article for {search_term!r}."
    letters = [letter for letter in search_term if letter.isalpha()]
    if settings().wikipedia_api_url.host in ENGLISH and letters and all(map(_is_foreign, letters)):
        detail += (
            " It was searched in English: try an English word. To search in another language, start"
            " the service with WIKIPEDIA_API_URL=https://zh.wikipedia.org/w/api.php (for Chinese),"
            " and with models that read it: the embedded ones read English."
        )
    return Problem(404, detail)


def _is_foreign(letter: str) -> bool:
    return not unicodedata.name(letter, "LATIN").startswith("LATIN")


async def _on_failure(_: Request, error: WikipediaError) -> JSONResponse:
    headers = {"Retry-After": error.retry_after} if error.retry_after else None
    return Problem(502, f"{error}.", headers=headers).response()


async def _on_timeout(_: Request, error: WikipediaTimeout) -> JSONResponse:
    return Problem(504, f"{error}.").response()


async def _on_several(_: Request, error: wikipedia.DisambiguationError) -> JSONResponse:
    options = error.options[:MAX_OPTIONS]
    advice = (
        "Search for one of the options, or say more."
        if options
        else "This Wikipedia has an article on none of them."
    )
    detail = f"{error.title!r} may refer to several things. {advice}"
    return Problem(404, detail, options=options).response()


WIKIPEDIA_PROBLEMS = PROBLEM_HANDLERS | {
    WikipediaError: _on_failure,
    WikipediaTimeout: _on_timeout,
    wikipedia.DisambiguationError: _on_several,
}
