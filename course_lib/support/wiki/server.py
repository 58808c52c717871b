"""The embedded Wikipedia: MediaWiki's Action API over the articles of a dump.

    serve run course_lib.support.wiki.server:app --route-prefix /wikipedia

Answers at `/w/api.php`, in JSON, as a MediaWiki does. The text is Wikipedia's: every answer carries
the address of its licence in a `Link` header. `create_api` is the same server without Ray.
"""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from ray import serve

from course_lib.support.settings import settings
from course_lib.support.wiki.api import Query
from course_lib.support.wiki.database import DatabaseMissing, open_database
from course_lib.support.wiki.importer import ensure_database
from course_lib.support.wiki.parameters import ApiError, Parameters

API_PATH = "/w/api.php"
MAX_ONGOING_REQUESTS = 32

_HELP = "See https://www.mediawiki.org/wiki/API:Query for the API that this server speaks."


def answer_request(values: dict[str, str], database_path: Path) -> JSONResponse:
    """The answer to a request with these parameters. An API error has status 200, as MediaWiki's.

    Where there is no database the status is 503.
    """
    parameters = Parameters(values)
    # A page's text is never HTML to a browser.
    headers = {"X-Content-Type-Options": "nosniff"}
    status = 200  # of an API error, too
    try:
        parameters.only("format", "json")
        parameters.only("formatversion", "1")
        parameters.only("action", "query")
        with open_database(database_path) as database:
            query = Query(parameters, database)
            if address := query.site.license_url:
                headers["Link"] = f'<{address}>; rel="license"'
            answer = query.answer()
    except ApiError as error:
        answer = _error(error.code, error, headers)
    except DatabaseMissing as error:
        status, answer = 503, _error("internal_api_error_DBConnectionError", error, headers)
    if parameters.warnings:
        answer["warnings"] = {"query": {"*": "\n".join(parameters.warnings)}}
    return JSONResponse(answer, status, headers)


def _error(code: str, error: Exception, headers: dict[str, str]) -> dict[str, Any]:
    headers["MediaWiki-API-Error"] = code
    return {"error": {"code": code, "info": str(error), "*": _HELP}}


def create_api(database_path: Path) -> FastAPI:
    """The server as a plain FastAPI application over the database at this path."""
    api = FastAPI(title="Embedded Wikipedia", description=__doc__ or "")

    @api.get(API_PATH)
    async def action_api(request: Request) -> JSONResponse:
        """MediaWiki's Action API."""
        return await run_in_threadpool(answer_request, dict(request.query_params), database_path)

    return api


def _configured_api() -> FastAPI:
    return create_api(settings().wikipedia_database)


@serve.deployment(ray_actor_options={"num_cpus": 0.1}, max_ongoing_requests=MAX_ONGOING_REQUESTS)
@serve.ingress(_configured_api)
class EmbeddedWikipedia:
    """The server as a deployment; fills the database first where there is none."""

    def __init__(self) -> None:
        ensure_database(settings().wikipedia_database)


app = EmbeddedWikipedia.bind()  # type: ignore[attr-defined]
