"""The three requests, the server in one process, the cost, and the same requests behind Serve."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import requests

from course_lib.online_inference import (
    MATRIX,
    api,
    cost_per_1000_answers,
    linear_algebra,
)
from tests.conftest import IN_THE_CLUSTER, serve_without_ray
from tests.serve_run import serve_run
from tests.waiting import LONG_S


def in_one_loop(*addresses: str) -> list[str]:
    """Send requests at once to `api` in one event loop; their addresses as they are answered."""
    answered = []

    async def ask(client: httpx.AsyncClient, address: str) -> None:
        response = await client.get(address)
        assert response.status_code == 200
        answered.append(address)

    async def ask_all() -> None:
        transport = httpx.ASGITransport(api)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            await asyncio.gather(*(ask(client, address) for address in addresses))

    asyncio.run(ask_all())
    return answered


class TestEventLoop:
    def test_a_request_that_waits_lets_others_pass(self) -> None:
        slow = "/wait?milliseconds=100"
        assert in_one_loop(slow, "/noop", slow) == ["/noop", slow, slow]

    def test_a_request_that_computes_holds_them_up(self) -> None:
        slow = "/compute?steps=50"
        assert in_one_loop(slow, "/noop") == [slow, "/noop"]


class TestLinearAlgebra:
    def test_no_step_is_the_matrix(self) -> None:
        assert linear_algebra(0) == pytest.approx(MATRIX.mean())

    def test_each_step_counts_and_gives_the_same_again(self) -> None:
        results = [linear_algebra(steps) for steps in (1, 2, 3)]
        assert len(set(results)) == 3
        assert linear_algebra(3) == results[-1]
        assert all(abs(result) < 1 for result in results)


@pytest.fixture(scope="module")
def served_by_one_process() -> Iterator[str]:
    with serve_without_ray(api) as url:
        yield url


@pytest.fixture(scope="module")
def served_by_serve(cluster_url: str) -> Iterator[str]:
    with serve_run("online_inference", cluster_url) as url:
        yield url


@pytest.fixture(
    scope="module",
    params=["served_by_one_process", pytest.param("served_by_serve", marks=IN_THE_CLUSTER)],
)
def url(request: pytest.FixtureRequest) -> str:
    """The application in each of its two servers."""
    return request.getfixturevalue(request.param)


class TestServers:
    def test_the_three_requests(self, url: str) -> None:
        answers = [
            requests.get(f"{url}/noop", timeout=LONG_S),
            requests.get(f"{url}/wait", params={"milliseconds": 1.5}, timeout=LONG_S),
            requests.get(f"{url}/compute", params={"steps": 3}, timeout=LONG_S),
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        results = [answer.json() for answer in answers]
        assert results == ["done", "done", pytest.approx(linear_algebra(3))]

    @pytest.mark.parametrize(
        "address",
        [
            "/wait",
            "/wait?milliseconds=-1",
            "/wait?milliseconds=10001",
            "/wait?milliseconds=nan",
            "/compute?steps=-1",
            "/compute?steps=10001",
            "/compute?steps=many",
        ],
    )
    def test_a_request_out_of_bounds_is_refused(self, url: str, address: str) -> None:
        assert requests.get(url + address, timeout=LONG_S).status_code == 422

    def test_requests_that_wait_do_not_hold_up_others(self, url: str) -> None:
        with ThreadPoolExecutor(8) as clients:
            waiting = [
                clients.submit(requests.get, f"{url}/wait?milliseconds=1500", timeout=LONG_S)
                for _ in range(8)
            ]
            assert requests.get(f"{url}/noop", timeout=LONG_S).ok
            assert not any(request.done() for request in waiting)
            assert all(request.result().ok for request in waiting)


class TestCost:
    @pytest.mark.parametrize(
        ("throughput_per_s", "price_per_hour", "utilization", "cost"),
        [
            (1, 3.6, 1.0, 1.0),
            (10, 3.6, 1.0, 0.1),
            (10, 3.6, 0.1, 1.0),
            (10, 0, 0.5, 0.0),
        ],
    )
    def test_what_1000_answers_cost(
        self, throughput_per_s: float, price_per_hour: float, utilization: float, cost: float
    ) -> None:
        result = cost_per_1000_answers(throughput_per_s, price_per_hour, utilization)
        assert result == pytest.approx(cost)

    def test_a_machine_is_fully_used_unless_said_otherwise(self) -> None:
        assert cost_per_1000_answers(7, 2) == cost_per_1000_answers(7, 2, utilization=1.0)

    @pytest.mark.parametrize(
        ("throughput_per_s", "price_per_hour", "utilization"),
        [(0, 1, 1), (-1, 1, 1), (1, -1, 1), (1, 1, 0), (1, 1, 1.01), (float("nan"), 1, 1)],
    )
    def test_what_has_no_cost_is_refused(
        self, throughput_per_s: float, price_per_hour: float, utilization: float
    ) -> None:
        with pytest.raises(ValueError, match="no cost"):
            cost_per_1000_answers(throughput_per_s, price_per_hour, utilization)
