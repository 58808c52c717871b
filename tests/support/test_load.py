"""The load generator against requests that are written for it, and one small HTTP server."""

import asyncio
import math
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from aiohttp import web

from course_lib.support.load import (
    MAX_REQUESTS,
    UNFINISHED,
    Load,
    arrivals_s,
    closed_loop,
    http_request,
    open_loop,
    send_on_schedule,
)


class Service:
    """Counts its requests, and how many are in progress at once."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self.takes_s = takes_s
        self.asked = self.now = self.most = 0

    async def __call__(self) -> None:
        self.asked += 1
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self.takes_s)
        finally:
            self.now -= 1


def load_of(*latencies_ms: float, **options) -> Load:
    settings = {"due_s": (), "errors": {}, "duration_s": 2.0} | options
    return Load(latencies_ms=latencies_ms, **settings)


class TestClosedLoop:
    def test_every_client_waits_for_its_answer(self) -> None:
        service = Service(takes_s=0.01)
        load = asyncio.run(closed_loop(service, clients=3, requests=20))
        assert (service.asked, service.most) == (20, 3)
        assert len(load.latencies_ms) == len(load.due_s) == 20
        assert min(load.latencies_ms) >= 9
        assert load.duration_s >= 7 * 0.009  # 20 requests, 3 at a time
        assert (load.errors, load.unsent, load.late) == ({}, 0, False)

    def test_more_clients_than_requests(self) -> None:
        service = Service()
        asyncio.run(closed_loop(service, clients=10, requests=4))
        assert service.asked == 4

    def test_an_error_is_counted_by_kind_and_the_run_goes_on(self) -> None:
        asked = 0

        async def fails_twice() -> None:
            nonlocal asked
            asked += 1
            if asked <= 2:
                raise [KeyError("x"), TimeoutError()][asked - 1]

        load = asyncio.run(closed_loop(fails_twice, clients=1, requests=5))
        assert load.errors == {"KeyError": 1, "TimeoutError": 1}
        assert load.failed == 2
        assert len(load.latencies_ms) == 3

    def test_the_deadline_cuts_off_what_is_in_progress(self) -> None:
        service = Service(takes_s=60)
        load = asyncio.run(closed_loop(service, clients=2, requests=9, deadline_s=0.1))
        assert load.errors == {UNFINISHED: 2}
        assert load.unsent == 7
        assert load.duration_s < 5
        assert service.now == 0
        assert math.isnan(load.p50_ms)

    @pytest.mark.parametrize(("clients", "requests"), [(0, 1), (1, 0), (1, MAX_REQUESTS + 1)])
    def test_a_load_without_sense_is_refused(self, clients: int, requests: int) -> None:
        with pytest.raises(ValueError, match="request"):
            asyncio.run(closed_loop(Service(), clients=clients, requests=requests))


class TestOpenLoop:
    def test_requests_are_sent_whether_or_not_answers_came(self) -> None:
        service = Service(takes_s=2)
        load = asyncio.run(open_loop(service, rate_per_s=100, duration_s=0.1, seed=None))
        assert service.most == service.asked == len(load.latencies_ms) == 10
        assert sorted(load.due_s) == pytest.approx([number / 100 for number in range(10)])

    def test_latency_counts_from_when_the_request_was_due(self) -> None:
        """The first request stops the sender for 100 ms: those that were due then waited, too."""
        first = True

        async def stalls_once() -> None:
            nonlocal first
            if first:
                first = False
                time.sleep(0.1)

        load = asyncio.run(open_loop(stalls_once, rate_per_s=100, duration_s=0.1, seed=None))
        assert len(load.latencies_ms) == 10
        assert sum(latency > 50 for latency in load.latencies_ms) >= 5
        assert load.late
        assert load.late_ms >= 80
        assert "schedule not kept" in str(load)

    def test_the_grace_ends_the_run(self) -> None:
        load = asyncio.run(send_on_schedule(Service(takes_s=60), [0, 0.01, 0.01], grace_s=2))
        assert load.errors == {UNFINISHED: 3}
        assert load.unsent == 0

    @pytest.mark.parametrize("schedule_s", [[], [-1.0, 0.0], [1.0, 0.5]])
    def test_a_schedule_without_sense_is_refused(self, schedule_s: list[float]) -> None:
        with pytest.raises(ValueError, match="schedule"):
            asyncio.run(send_on_schedule(Service(), schedule_s))


class TestArrivals:
    def test_random_arrivals_are_those_of_a_poisson_process(self) -> None:
        moments = arrivals_s(200, 60, seed=1)
        gaps = [after - before for before, after in pairwise(moments)]
        assert len(moments) == 12_000
        assert statistics.mean(gaps) == pytest.approx(1 / 200, rel=0.05)
        assert statistics.stdev(gaps) == pytest.approx(1 / 200, rel=0.05)
        assert moments == sorted(moments)
        assert moments[-1] < 60

    @pytest.mark.parametrize("seed", [0, 1, None])
    def test_exactly_the_load_that_is_asked_for_is_sent(self, seed: int | None) -> None:
        counts = [len(arrivals_s(rate, 1.25, seed)) for rate in (0.1, 4, 10, 16.3, 30)]
        assert counts == [1, 5, 12, 20, 38]

    def test_a_seed_gives_the_same_moments_again(self) -> None:
        assert arrivals_s(10, 3, seed=5) == arrivals_s(10, 3, seed=5) != arrivals_s(10, 3, seed=6)

    def test_no_seed_gives_equal_distances(self) -> None:
        assert arrivals_s(4, 1, seed=None) == [0, 0.25, 0.5, 0.75]

    @pytest.mark.parametrize(
        ("rate", "time_s"), [(0, 1), (1, 0), (-1, 1), (1e6, 1e6), (1, math.nan)]
    )
    def test_a_load_without_sense_is_refused(self, rate: float, time_s: float) -> None:
        with pytest.raises(ValueError, match="not a load"):
            arrivals_s(rate, time_s)


class TestReport:
    def test_percentiles_are_latencies_that_were_measured(self) -> None:
        load = load_of(*range(200, 0, -1))
        assert (load.p50_ms, load.p90_ms, load.p99_ms) == (100, 180, 198)
        assert load_of(1, 2, 3).p99_ms == 3
        assert load_of(7).p50_ms == 7

    def test_throughput_counts_errors_and_goodput_only_answers_in_time(self) -> None:
        load = load_of(10, 20, 300, errors={"HTTP 503": 5})
        assert load.throughput_per_s == 4
        assert load.goodput_per_s() == 1.5
        assert load.goodput_per_s(within_ms=20) == 1
        assert "3 answers, 5 errors" in str(load)

    def test_it_says_when_the_sender_did_not_keep_its_schedule(self) -> None:
        in_time, late = load_of(1, 2, delays_ms=(0.1, 9)), load_of(1, 2, delays_ms=(0.1, 11))
        assert (in_time.late, in_time.late_ms) == (False, 9)
        assert (late.late, late.late_ms) == (True, 11)
        assert "schedule" not in str(in_time)
        assert "schedule not kept: 11 ms late, 0 unsent" in str(late)
        assert load_of(1, unsent=2).late

    def test_nothing_at_all(self) -> None:
        load = load_of(duration_s=0.0)
        assert (load.throughput_per_s, load.goodput_per_s()) == (0, 0)
        assert math.isnan(load.p99_ms)


@asynccontextmanager
async def small_server() -> AsyncIterator[str]:
    """A server that says what it was asked; the URL."""

    async def answer(request: web.Request) -> web.Response:
        status = int(request.query.get("status", 200))
        headers = {"Location": "/"} if status == 307 else None
        text = f"{request.method} {await request.text()}"
        return web.Response(status=status, text=text, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class TestHttp:
    def test_get_and_post(self) -> None:
        async def ask() -> list[bytes]:
            async with (
                small_server() as url,
                http_request(url) as get,
                http_request(url, method="POST", json={"a": 1}) as post,
            ):
                return [await get(), await post()]

        assert asyncio.run(ask()) == [b"GET ", b'POST {"a": 1}']

    @pytest.mark.parametrize("status", [307, 404, 503])
    def test_a_status_that_is_no_success_is_an_error(self, status: int) -> None:
        async def ask() -> Load:
            async with (
                small_server() as url,
                http_request(url, params={"status": status}) as request,
            ):
                return await closed_loop(request, clients=2, requests=4)

        assert asyncio.run(ask()).errors == {f"HTTP {status}": 4}

    def test_nothing_listens(self) -> None:
        async def ask() -> Load:
            async with http_request("http://127.0.0.1:9/") as request:
                return await closed_loop(request, clients=1, requests=1)

        assert asyncio.run(ask()).errors == {"ClientConnectorError": 1}

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.org/",
            "https://127.0.0.1/",
            "http://127.0.0.1.example.org/",
            "http://127.0.0.1@example.org/",
            "http://localhost:8000/",
            "127.0.0.1:8000",
            "",
        ],
    )
    def test_only_this_machine_is_asked(self, url: str) -> None:
        async def ask() -> None:
            async with http_request(url):
                pass

        with pytest.raises(ValueError, match=r"http://127\.0\.0\.1 only"):
            asyncio.run(ask())
