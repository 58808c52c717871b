"""What a client hears of each way in which Wikipedia gives no article."""

import pytest
import wikipedia
from fastapi import FastAPI
from fastapi.testclient import TestClient

from course_lib.support.wiki.client import WikipediaError, WikipediaTimeout
from course_lib.support.wiki.problems import MAX_OPTIONS, WIKIPEDIA_ANSWERS, WIKIPEDIA_PROBLEMS
from tests.problems import assert_problem

TITLES = [f"Mercury ({number})" for number in range(MAX_OPTIONS + 1)]
ERRORS = {
    "slow": WikipediaTimeout("Wikipedia did not answer in time"),
    "wrong": WikipediaError("Wikipedia answered 500"),
    "busy": WikipediaError("Wikipedia answered 429", retry_after="7"),
    "several": wikipedia.DisambiguationError("Mercury", TITLES),
    "none of several": wikipedia.DisambiguationError("Ada", []),
    "bug": RuntimeError("a secret"),
}
api = FastAPI(exception_handlers=WIKIPEDIA_PROBLEMS, responses=WIKIPEDIA_ANSWERS)


@api.get("/raises/{name}")
def raises(name: str) -> None:
    raise ERRORS[name]


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(api, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("name", "status", "detail"),
    [
        ("slow", 504, "Wikipedia did not answer in time."),
        ("wrong", 502, "Wikipedia answered 500."),
        ("busy", 502, "Wikipedia answered 429."),
        ("several", 404, "'Mercury' may refer to several things."),
        ("none of several", 404, "This Wikipedia has an article on none of them."),
        ("bug", 500, "log says why"),
    ],
)
def test_each_failure_is_a_problem_that_is_documented(
    client: TestClient, name: str, status: int, detail: str
) -> None:
    answer = client.get(f"/raises/{name}")
    assert detail in assert_problem(answer, status)["detail"]
    assert answer.headers.get("Retry-After") == ("7" if name == "busy" else None)
    documented = client.get("/openapi.json").json()["paths"]["/raises/{name}"]["get"]["responses"]
    assert "application/problem+json" in documented[str(status)]["content"]


def test_several_meanings_are_named_up_to_a_limit(client: TestClient) -> None:
    options = client.get("/raises/several").json()["options"]
    assert options == TITLES[:MAX_OPTIONS]
