"""The Wikipedia NLP API while Wikipedia fails: the documented status, in time, and not longer.

What the client makes of each fault is tested beside the client.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from ray import serve
from ray.serve.handle import DeploymentHandle

from course_lib.wikipedia_nlp_api import MAX_ARTICLES_AT_ONCE, NLPipelineDriver
from tests.conftest import Api, free_port, reading
from tests.faulty_wikipedia import FAULTS, ODD_PAGES, held, released, serve_faulty_wikipedia
from tests.problems import assert_problem
from tests.waiting import LONG_S

NOWHERE = "xylophonist from Mars"  # a search that finds nothing


@dataclass(frozen=True)
class FarApi(Api):
    """An API that reads the Wikipedia at a port, where nothing listens until a test starts it."""

    wikipedia_port: int


@pytest.fixture(scope="module")
def far(cluster_url: str, models: tuple[DeploymentHandle, ...]) -> FarApi:
    """The application, with more patience than a test needs."""
    port = free_port()
    options = reading(f"http://127.0.0.1:{port}/w/api.php", WIKIPEDIA_TIMEOUT_S="20")
    driver = NLPipelineDriver.options(ray_actor_options=options)
    serve.run(driver.bind(*models), name="far", route_prefix="/far")
    return FarApi(f"{cluster_url}/far", port)


@pytest.fixture(scope="module")
def hasty(cluster_url: str, models: tuple[DeploymentHandle, ...], faulty_url: str) -> Api:
    """The application, with little patience."""
    options = reading(faulty_url, WIKIPEDIA_TIMEOUT_S="2")
    driver = NLPipelineDriver.options(ray_actor_options=options)
    serve.run(driver.bind(*models), name="hasty", route_prefix="/hasty")
    return Api(f"{cluster_url}/hasty")


@pytest.mark.parametrize(("fault", "status"), FAULTS.items())
def test_a_fault_has_its_status_and_the_next_request_works(
    nlp: Api, hasty: Api, fault: str, status: int
) -> None:
    response = (hasty if status == 504 else nlp).get(f"fault:{fault}")
    assert_problem(response, status)
    assert response.headers.get("Retry-After") == ("7" if fault == "too-many" else None)
    assert nlp.get(NOWHERE).status_code == 404


@pytest.mark.parametrize("page", ODD_PAGES)
def test_after_an_odd_hit_the_next_one_is_taken(nlp: Api, page: str) -> None:
    response = nlp.get(f"odd:{page}")
    assert (response.status_code, response.json()["title"]) == (200, "Albert Einstein")


def test_wikipedia_goes_and_comes_back(far: FarApi, wikipedia_url: str) -> None:
    """No request fails once it is back, not even the first."""
    for _ in range(2):
        problem = assert_problem(far.get("physicist"), 502)
        assert "cannot be reached" in problem["detail"]
        assert "127.0.0.1" not in problem["detail"]
        with serve_faulty_wikipedia(wikipedia_url, far.wikipedia_port):
            assert far.get("physicist").status_code == 200


def test_requests_that_wait_for_wikipedia_do_not_slow_the_others(
    far: FarApi, wikipedia_url: str
) -> None:
    """As many as the limit lets in but one hang, and all others are answered before them."""
    slow = MAX_ARTICLES_AT_ONCE - 1
    released.clear()
    with (
        serve_faulty_wikipedia(wikipedia_url, far.wikipedia_port),
        ThreadPoolExecutor(slow) as clients,
    ):
        hanging = [clients.submit(far.get, "fault:hold") for _ in range(slow)]
        try:
            assert all(held.acquire(timeout=LONG_S) for _ in hanging)
            answers = [far.get(term).status_code for term in ("physicist", NOWHERE, "war")]
            ended_before = [request.done() for request in hanging]
        finally:
            released.set()
        assert [request.result(timeout=LONG_S).status_code for request in hanging] == [404] * slow
    assert answers == [200, 404, 422]
    assert not any(ended_before)
