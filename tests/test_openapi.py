"""The API keeps to its OpenAPI document whatever is sent, and what judges it can tell."""

import pytest
from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse, PlainTextResponse

from course_lib.support.problems import plain_response
from tests.conftest import Api, serve_without_ray
from tests.fuzz import fuzz

CASES = 150  # `make soak` sends 2,000


def test_every_answer_is_as_documented(nlp: Api) -> None:
    report = fuzz(nlp.url, CASES, seed=0)
    assert report.failures == []
    assert report.cases == CASES
    assert set(report.statuses) == {200, 404, 422}


LIES = {
    "an undocumented status": (PlainTextResponse("no", 418), "Undocumented status code"),
    "another content type": (PlainTextResponse("3"), "Undocumented Content-Type"),
    "another body": (JSONResponse({"three": 3}), "Response violates schema"),
    "a failure of ours": (PlainTextResponse("Internal Server Error", 500), "500: curl"),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_as_documented_is_found(lie: str) -> None:
    api = FastAPI()
    answer, words = LIES[lie]

    @api.get("/double", responses={500: plain_response("A replica failed.")})
    def double(number: int = Query(ge=0, le=9)) -> int:
        return answer if number == 3 else 2 * number

    with serve_without_ray(api) as url:
        report = fuzz(url, 60, seed=0)
    assert report.failures
    assert all(words in failure for failure in report.failures)
    assert {200, 422} <= set(report.statuses)
