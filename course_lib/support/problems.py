"""Errors as problem details (RFC 9457), for any FastAPI application.

`FastAPI(exception_handlers=PROBLEM_HANDLERS)` makes every error of the application, a failed
validation and an unknown path included, an `application/problem+json` body. Which problems there
are is the lesson's business.

Source: https://www.rfc-editor.org/rfc/rfc9457
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from ray.exceptions import RayActorError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError
from starlette.exceptions import HTTPException

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_S = 1
# A replica that died, or a deployment whose queue is full, is a 503 that a client may retry:
# nothing was kept of the request.
UNAVAILABLE = (RayActorError, BackPressureError, DeploymentUnavailableError)


class ProblemDetails(BaseModel):
    """The body of every error. `type` tells problems of one status apart."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class Problem(Exception):
    """Raise it in a route to answer with problem details."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        type: str = "about:blank",
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        title = HTTPStatus(status).phrase
        self.details = ProblemDetails(
            type=type, title=title, status=status, detail=detail, **members
        )
        self.headers = headers

    def response(self) -> JSONResponse:
        """The answer that the client gets."""
        return JSONResponse(
            self.details.model_dump(mode="json"),
            self.details.status,
            self.headers,
            media_type=PROBLEM_JSON,
        )


def problem_response(description: str) -> dict[str, Any]:
    """An entry of a route's `responses`: a problem, in the OpenAPI document."""
    schema = ProblemDetails.model_json_schema()
    return {"description": description, "content": {PROBLEM_JSON: {"schema": schema}}}


def plain_response(description: str) -> dict[str, Any]:
    """An entry of a route's `responses`: an answer by Serve itself, which is plain text."""
    return {"description": description, "content": {"text/plain": {"schema": {"type": "string"}}}}


def _either(description: str) -> dict[str, Any]:
    problem, plain = problem_response(description), plain_response(description)
    return {"description": description, "content": problem["content"] | plain["content"]}


# For an application's `responses`: those that any one with these handlers may give, behind Serve.
PROBLEM_ANSWERS: dict[int | str, dict[str, Any]] = {
    408: plain_response("By Ray Serve: the request took longer than the server allows."),
    422: problem_response("The request is wrong, or refused: `detail` says why, `type` which."),
    500: _either("A bug: report it. In plain text, by Ray Serve: a replica died; send it again."),
    503: _either(
        "Full, or a part restarts. Send it again, after Retry-After seconds if it says so."
    ),
}


async def _on_problem(_: Request, problem: Problem) -> JSONResponse:
    return problem.response()


async def _on_http_error(_: Request, error: HTTPException) -> JSONResponse:
    return Problem(error.status_code, str(error.detail), headers=error.headers).response()


async def _on_bad_parameter(_: Request, error: RequestValidationError) -> JSONResponse:
    errors = [
        {"parameter": str(item["loc"][-1]), "message": item["msg"]} for item in error.errors()
    ]
    detail = "; ".join(f"{item['parameter']}: {item['message']}" for item in errors)
    return Problem(422, detail, errors=errors).response()


async def _on_unavailable(_: Request, __: Exception) -> JSONResponse:
    return Problem(
        503,
        "A part of the service is restarting or full. Nothing was lost: send it again.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    ).response()


async def _on_bug(_: Request, __: Exception) -> JSONResponse:
    return Problem(500, "The service failed. The replica's log says why.").response()


PROBLEM_HANDLERS: dict[Any, Any] = {
    Problem: _on_problem,
    HTTPException: _on_http_error,
    RequestValidationError: _on_bad_parameter,
    **dict.fromkeys(UNAVAILABLE, _on_unavailable),
    Exception: _on_bug,
}
