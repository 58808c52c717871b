"""Load on a server, as a row: `course_lib.support.load`, and what client and server spent on it.

    async def measure():
        async with http_request(url, method="POST", json={"n": 1}) as request:
            return [await closed_for(request, clients=32, seconds=3, server=it)]

    rows = in_loop(measure())

The fields of a row:
    measure           "closed" or "open"
    clients           of a closed loop
    rate_per_s        of an open loop: requests due in a second
    requests          that were sent
    p50_ms, p99_ms    of the answers that were a success; null without one
    throughput_per_s  successes a second
    errors            how many requests failed, by kind
    late              whether an open loop's client did not keep its schedule
    client_cpu_ms     the client's own processor time for a request
    client_cores      the cores that it kept busy
    server_cpu_ms     processor time of the server's processes for a request
    server_cores      the cores that they kept busy
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

import uvloop

from benchmarks.piece import Row
from benchmarks.server import Server
from course_lib.support.load import (
    MAX_REQUESTS,
    Load,
    Request,
    closed_loop,
    http_request,
    open_loop,
)

__all__ = ["closed", "closed_for", "http_request", "in_loop", "open_"]

GRACE_S = 10

Result = TypeVar("Result")


def in_loop(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine on uvloop, which costs the client less than asyncio's own loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def closed(
    request: Request,
    *,
    clients: int,
    requests: int,
    server: Server | None = None,
    warm_up: int = 0,
    deadline_s: float = 60,
) -> Row:
    """Clients that each wait for an answer before they ask again: what the server can do.

    `warm_up` requests are sent first and not counted.
    """
    if warm_up:
        await closed_loop(request, clients=clients, requests=warm_up, deadline_s=deadline_s)
    run = closed_loop(request, clients=clients, requests=requests, deadline_s=deadline_s)
    return {"measure": "closed", "clients": clients, **await measured(run, server)}


async def closed_for(
    request: Request,
    *,
    clients: int,
    seconds: float,
    server: Server | None = None,
    deadline_s: float | None = None,
) -> Row:
    """`closed`, with as many requests as take about so many seconds, after a warm-up.

    The warm-up is a fifth of that time, at least four requests of each client.
    """
    cold = await closed_loop(request, clients=clients, requests=4 * clients)
    requests = how_many(cold, seconds / 5, at_least=clients)
    warm = await closed_loop(request, clients=clients, requests=requests)
    requests = how_many(warm, seconds, at_least=4 * clients)
    deadline_s = deadline_s or 4 * seconds + GRACE_S
    return await closed(
        request, clients=clients, requests=requests, server=server, deadline_s=deadline_s
    )


async def open_(
    request: Request,
    *,
    rate_per_s: float,
    duration_s: float,
    seed: int = 0,
    server: Server | None = None,
) -> Row:
    """Requests on a schedule, whether or not answers came: what users feel."""
    run = open_loop(
        request, rate_per_s=rate_per_s, duration_s=duration_s, seed=seed, grace_s=GRACE_S
    )
    return {"measure": "open", "rate_per_s": rate_per_s, **await measured(run, server)}


def how_many(load: Load, seconds: float, *, at_least: int) -> int:
    """The requests that take so many seconds at the pace of a load."""
    return min(max(math.ceil(load.throughput_per_s * seconds), at_least), MAX_REQUESTS)


async def measured(run: Awaitable[Load], server: Server | None) -> Row:
    """A row of a load, and of the processor time that client and server spent meanwhile."""
    server_s = server.cpu_s() if server else 0.0
    client_s = time.process_time()
    load = await run
    client_s = time.process_time() - client_s
    server_s = server.cpu_s() - server_s if server else None
    return row(load, client_s, server_s)


def row(load: Load, client_s: float, server_s: float | None) -> Row:
    """What became of a load."""
    requests = len(load.latencies_ms) + load.failed

    def cpu_ms(seconds: float | None) -> float | None:
        return None if seconds is None or not requests else 1000 * seconds / requests

    def cores(seconds: float | None) -> float | None:
        return None if seconds is None or not load.duration_s else seconds / load.duration_s

    return {
        "requests": requests,
        "p50_ms": None if math.isnan(load.p50_ms) else load.p50_ms,
        "p99_ms": None if math.isnan(load.p99_ms) else load.p99_ms,
        "throughput_per_s": load.goodput_per_s(),
        "errors": dict(load.errors),
        "late": load.late,
        "client_cpu_ms": cpu_ms(client_s),
        "client_cores": cores(client_s),
        "server_cpu_ms": cpu_ms(server_s),
        "server_cores": cores(server_s),
    }
