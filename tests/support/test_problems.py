"""Every error of an application is a problem details object."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from ray.exceptions import ActorDiedError
from ray.serve.exceptions import BackPressureError

from course_lib.support.problems import PROBLEM_HANDLERS, PROBLEM_JSON, Problem

api = FastAPI(exception_handlers=PROBLEM_HANDLERS)
ERRORS = {
    "problem": Problem(404, "Nothing here.", type="urn:x", headers={"X-Why": "1"}, options=["a"]),
    "dead": ActorDiedError(),
    "full": BackPressureError(1, 1),
    "bug": RuntimeError("a secret"),
}


@api.get("/raises/{name}")
def raises(name: str, count: int = 0) -> None:
    raise ERRORS[name]


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(api, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/raises/problem", 404, "Nothing here."),
        ("/raises/dead", 503, "send it again"),
        ("/raises/full", 503, "send it again"),
        ("/raises/bug", 500, "log says why"),
        ("/raises/problem?count=x", 422, "count: Input should be a valid integer"),
        ("/nowhere", 404, "Not Found"),
    ],
)
def test_an_error_is_a_problem(client: TestClient, path: str, status: int, detail: str) -> None:
    response = client.get(path)
    assert response.status_code == response.json()["status"] == status
    assert response.headers["Content-Type"] == PROBLEM_JSON
    assert detail in response.json()["detail"]
    assert ("Retry-After" in response.headers) == (status == 503)
    assert "secret" not in response.text


def test_a_problem_keeps_its_type_members_and_headers(client: TestClient) -> None:
    response = client.get("/raises/problem")
    assert response.json()["type"] == "urn:x"
    assert response.json()["options"] == ["a"]
    assert response.headers["X-Why"] == "1"
