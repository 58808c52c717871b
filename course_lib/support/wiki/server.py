"""The embedded Wikipedia: MediaWiki's Action API over the articles of a dump.

    serve run course_lib.support.wiki.server:app --route-prefix /wikipedia

Speaks `action=query` as a MediaWiki does, in JSON, formatversion 1, by GET and POST, at
`/w/api.php`; the `wikipedia` package cannot tell the difference. The text is Wikipedia's: every
answer carries the address of its licence in a `Link` header, `prop=info&inprop=url` gives an
article's own address and `meta=siteinfo&siprop=rightsinfo` the licence's name. `create_api` is the
same server without Ray.
"""

from pathlib import Path
from urllib.parse import parse_qsl

from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from ray import serve

from course_lib.support.settings import settings
from course_lib.support.wiki.api_parameters import ApiError, Parameters
from course_lib.support.wiki.api_query import answer_query
from course_lib.support.wiki.database import DatabaseMissing, open_database
from course_lib.support.wiki.importer import ensure_database

API_PATH = "/w/api.php"
MAX_BODY_BYTES = 1_000_000
MAX_ONGOING_REQUESTS = 32

_HELP = "See https://www.mediawiki.org/wiki/API:Query for the API that this server speaks."


def answer_request(values: dict[str, str], database_path: Path) -> JSONResponse:
    """The answer to a request with these parameters. An API error has status 200, as MediaWiki's.

    Where there is no database the status is 503.
    """
    parameters = Parameters(values)
    headers = {
        "Cache-Control": "private, must-revalidate, max-age=0",
        "X-Content-Type-Options": "nosniff",  # a page's text is never HTML to a browser
    }
    status = 200
    try:
        _check_format(parameters)
        with open_database(database_path) as database:
            site = database.site()
            if site.license_url:
                headers["Link"] = f'<{site.license_url}>; rel="license"'
            answer = answer_query(parameters, database)
            parameters.warn_of_unread()
    except ApiError as error:
        headers["MediaWiki-API-Error"] = error.code
        answer = {"error": {"code": error.code, "info": error.info, **error.details, "*": _HELP}}
    except DatabaseMissing as error:
        code, status = "internal_api_error_DBConnectionError", 503
        headers["MediaWiki-API-Error"] = code
        answer = {"error": {"code": code, "info": str(error), "*": _HELP}}
    warnings = {
        module: {"*": "\n".join(texts)} for module, texts in sorted(parameters.warnings.items())
    }
    return JSONResponse({"warnings": warnings, **answer} if warnings else answer, status, headers)


def _check_format(parameters: Parameters) -> None:
    parameters.choice("format", "main", ("json",), "json")
    parameters.choice("formatversion", "json", ("1",), "1")
    for name in ("utf8", "ascii", "errorformat", "maxlag", "curtimestamp", "origin"):
        parameters.raw(name)
    if not parameters.has("action"):
        raise ApiError("missingparam", 'The "action" parameter must be set.')
    parameters.choice("action", "main", ("query",), "query")


async def _request_values(request: Request) -> dict[str, str]:
    """The parameters of the address and, where there is one, of the form."""
    values = dict(request.query_params)
    if request.method == "POST":
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY_BYTES:
                raise HTTPException(413, f"A request may have {MAX_BODY_BYTES:,} bytes at most.")
        values |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return values


def create_api(database_path: Path) -> FastAPI:
    """The server as a plain FastAPI application over the database at this path."""
    api = FastAPI(title="Embedded Wikipedia", description=__doc__ or "")

    @api.api_route(API_PATH, methods=["GET", "POST"])
    async def action_api(request: Request) -> JSONResponse:
        """MediaWiki's Action API."""
        return await run_in_threadpool(
            answer_request, await _request_values(request), database_path
        )

    return api


def _configured_api() -> FastAPI:
    return create_api(settings().wikipedia_database)


@serve.deployment(ray_actor_options={"num_cpus": 0.1}, max_ongoing_requests=MAX_ONGOING_REQUESTS)
@serve.ingress(_configured_api)
class EmbeddedWikipedia:
    """The server as a deployment; fills the database first where there is none."""

    def __init__(self) -> None:
        ensure_database(settings().wikipedia_database)


app = EmbeddedWikipedia.bind()
