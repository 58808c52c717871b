"""Ten times as many requests arrive as the service can answer."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter

import aiohttp

from course_lib.support.load import BadStatus, Load, closed_loop, open_loop
from tests.soak.processes import memory_mb
from tests.soak.report import Result, progress
from tests.soak.service import ARTICLES

TIMES_CAPACITY = 10
OVERLOAD_S = 30.0
ANSWER_LIMIT_S = 15.0
REFUSAL_LIMIT_S = 2.0
LEAST_GOODPUT = 0.8  # of the best
MOST_MEMORY = 1.1  # of what it was before
REST_S = 5.0
MOST_LATENCY = 1.5  # of what it was before
CLIENTS_WITHOUT_OVERLOAD = (2, 4, 8)


@dataclass(frozen=True)
class Seen:
    """An answer, as its client saw it."""

    status: int
    retry_after: str | None
    took_s: float

    @property
    def is_refusal(self) -> bool:
        """503 that says when to come back."""
        return self.status == 503 and (self.retry_after or "").isdecimal()

    @property
    def as_promised(self) -> bool:
        """200 or a refusal, each in its time."""
        if self.status == 200:
            return self.took_s <= ANSWER_LIMIT_S
        return self.is_refusal and self.took_s <= REFUSAL_LIMIT_S


@asynccontextmanager
async def questions(url: str) -> AsyncIterator[tuple[Callable[[], Awaitable[None]], list[Seen]]]:
    """A request for the load generator, and all that came back."""
    seen: list[Seen] = []
    terms = itertools.cycle(ARTICLES)
    unlimited = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=unlimited) as session:

        async def ask() -> None:
            started = perf_counter()
            params = {"search_term": next(terms)}
            async with session.get(f"{url}/summarize", params=params) as answer:
                await answer.read()
            retry_after = answer.headers.get("Retry-After")
            seen.append(Seen(answer.status, retry_after, perf_counter() - started))
            if answer.status != 200:
                raise BadStatus(f"HTTP {answer.status}")

        yield ask, seen


async def overload(url: str) -> list[Result]:
    """Measure the best goodput, send ten times as much, and see what it did."""
    async with questions(url) as (ask, seen):
        alone = await closed_loop(ask, clients=1, requests=6)
        best = max([await goodput(ask, clients) for clients in CLIENTS_WITHOUT_OVERLOAD])
        memory_before_mb = memory_mb()

        rate_per_s = TIMES_CAPACITY * best
        progress(f"at best {best:.2f} articles/s; now {rate_per_s:.0f} requests/s")
        seen.clear()
        loading = asyncio.create_task(
            open_loop(ask, rate_per_s=rate_per_s, duration_s=OVERLOAD_S, grace_s=ANSWER_LIMIT_S)
        )
        most_memory_mb = memory_before_mb
        while not loading.done():
            most_memory_mb = max(most_memory_mb, await asyncio.to_thread(memory_mb))
            await asyncio.sleep(2)
        load = await loading
        progress(str(load))
        overloaded = list(seen)

        await asyncio.sleep(REST_S)
        later = await closed_loop(ask, clients=1, requests=6)
    memory = (memory_before_mb, most_memory_mb)
    return [*answers(load, overloaded), *effects(load, best, memory, alone, later)]


async def goodput(ask: Callable[[], Awaitable[None]], clients: int) -> float:
    """Articles per second for so many clients, all of which are answered."""
    load = await closed_loop(ask, clients=clients, requests=20)
    progress(f"{clients} clients: {load}")
    return load.goodput_per_s()


def answers(load: Load, seen: list[Seen]) -> list[Result]:
    """Whether each request was answered as promised."""
    wrong = [answer for answer in seen if not answer.as_promised]
    unanswered = load.unsent + load.failed + len(load.latencies_ms) - len(seen)
    counts = Counter(answer.status for answer in seen)
    slowest = {s: max(a.took_s for a in seen if a.status == s) for s in sorted(counts)}
    times = ", ".join(
        f"{counts[s]} x {s} (at most {took_s:.1f} s)" for s, took_s in slowest.items()
    )
    return [
        Result(
            "overload",
            f"200 within {ANSWER_LIMIT_S:.0f} s or 503 with Retry-After within "
            f"{REFUSAL_LIMIT_S:.0f} s",
            f"{times}; {len(wrong)} otherwise, {unanswered} unanswered",
            {200, 503} == set(counts) and not wrong and not unanswered,
        )
    ]


def effects(
    load: Load, best: float, memory_mb: tuple[float, float], alone: Load, later: Load
) -> list[Result]:
    """What the overload did to the work that was done, to memory, and to those who came after."""
    goodput_per_s = load.goodput_per_s()
    before_mb, most_mb = memory_mb
    return [
        Result(
            "overload",
            f"goodput at least {LEAST_GOODPUT:.0%} of the best without overload",
            f"{goodput_per_s:.2f} of {best:.2f} articles/s ({goodput_per_s / best:.0%})",
            goodput_per_s >= LEAST_GOODPUT * best,
        ),
        Result(
            "overload",
            f"memory at most {MOST_MEMORY:.0%} of what it was",
            f"{before_mb:.0f} MB before, at most {most_mb:.0f} MB ({most_mb / before_mb:.0%})",
            most_mb <= MOST_MEMORY * before_mb,
        ),
        Result(
            "overload",
            f"{REST_S:.0f} s later, latency at most {MOST_LATENCY:.0%} of what it was",
            f"median {alone.p50_ms:.0f} ms before, {later.p50_ms:.0f} ms after",
            not later.failed and later.p50_ms <= MOST_LATENCY * alone.p50_ms,
        ),
    ]
