"""The two ways to send load, and the moments at which requests arrive."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

from course_lib.support.load.http import BadStatus
from course_lib.support.load.report import Load

MAX_REQUESTS = 100_000
Request = Callable[[], Awaitable[Any]]

UNFINISHED = "unfinished"  # the kind of error of a request that the deadline cut off


def arrivals_s(rate_per_s: float, duration_s: float, seed: int | None = 0) -> list[float]:
    """When `round(rate_per_s * duration_s)` requests arrive, in seconds; at least one does.

    At random moments for a seed, the same ones each time; at equal distances for None. Random
    arrivals are those of people who do not know of each other: a Poisson process, given its count
    (Ross, Introduction to Probability Models, section 5.3.5).

    Raises:
        ValueError: for no rate or no time, or more than about MAX_REQUESTS.
    """
    if not (rate_per_s > 0 and duration_s > 0 and rate_per_s * duration_s <= MAX_REQUESTS):
        raise ValueError(f"{rate_per_s} requests/s for {duration_s} s is not a load to send")
    count = max(1, round(rate_per_s * duration_s))
    if seed is None:
        return [number / rate_per_s for number in range(count)]
    source = random.Random(seed)
    return sorted(source.uniform(0, duration_s) for _ in range(count))


async def closed_loop(
    request: Request, *, clients: int, requests: int, deadline_s: float = 60
) -> Load:
    """Send `requests` in all, from `clients` that each send the next when the last has ended.

    A request that raises is an error, by kind. At the deadline the rest is cancelled.

    Raises:
        ValueError: for a count below 1, or more than MAX_REQUESTS.
    """
    if clients < 1 or requests < 1:
        raise ValueError(f"needs a client and a request, has {clients} and {requests}")
    run = _Run(request, requests)

    async def client() -> None:
        while run.sent < requests:
            await run.send()

    async with run.until(deadline_s) as tasks:
        for _ in range(min(clients, requests)):
            tasks.create_task(client())
    return run.load()


async def open_loop(
    request: Request,
    *,
    rate_per_s: float,
    duration_s: float,
    seed: int | None = 0,
    grace_s: float = 30,
) -> Load:
    """Send at a rate for a time, at the moments of `arrivals_s`; see `send_on_schedule`."""
    schedule_s = arrivals_s(rate_per_s, duration_s, seed)
    return await send_on_schedule(request, schedule_s, grace_s=grace_s)


async def send_on_schedule(
    request: Request, schedule_s: Sequence[float], *, grace_s: float = 30
) -> Load:
    """Send a request at each moment, in seconds from now, whether or not answers came.

    A request that raises is an error, by kind. `grace_s` after the last moment the rest is
    cancelled.

    Raises:
        ValueError: for moments that do not ascend from 0, none, or more than MAX_REQUESTS.
    """
    if not schedule_s or schedule_s[0] < 0 or list(schedule_s) != sorted(schedule_s):
        raise ValueError("needs a schedule of ascending moments, none below 0")
    run = _Run(request, len(schedule_s))
    async with run.until(schedule_s[-1] + grace_s) as tasks:
        for due_s in schedule_s:
            await asyncio.sleep(max(0.0, run.start + due_s - perf_counter()))
            tasks.create_task(run.send(due_s))
    return run.load()


class _Run:
    """One run as it goes."""

    def __init__(self, request: Request, requests: int) -> None:
        if requests > MAX_REQUESTS:
            raise ValueError(f"{requests} requests are more than {MAX_REQUESTS}")
        self.request, self.requests = request, requests
        self.answers: list[tuple[float, float]] = []
        self.delays_ms: list[float] = []
        self.errors: Counter[str] = Counter()
        self.sent = 0
        self.start = self.end = perf_counter()

    async def send(self, due_s: float | None = None) -> None:
        """Send one request, due now or at a moment after the start."""
        self.sent += 1
        now = perf_counter()
        due = now if due_s is None else self.start + due_s
        if due_s is not None:
            self.delays_ms.append(1000 * (now - due))
        try:
            await self.request()
            self.answers.append((due - self.start, 1000 * (perf_counter() - due)))
        except asyncio.CancelledError:
            self.errors[UNFINISHED] += 1
            raise
        except Exception as error:
            self.errors[str(error) if isinstance(error, BadStatus) else type(error).__name__] += 1
        finally:
            self.end = perf_counter()

    @asynccontextmanager
    async def until(self, deadline_s: float) -> AsyncIterator[asyncio.TaskGroup]:
        """A group of tasks that is cancelled at the deadline."""
        try:
            async with asyncio.timeout(deadline_s), asyncio.TaskGroup() as tasks:
                self.start = perf_counter()
                yield tasks
        except TimeoutError:
            pass

    def load(self) -> Load:
        return Load(
            latencies_ms=tuple(latency_ms for _, latency_ms in self.answers),
            due_s=tuple(due_s for due_s, _ in self.answers),
            errors=dict(self.errors),
            duration_s=self.end - self.start,
            delays_ms=tuple(self.delays_ms),
            unsent=self.requests - self.sent,
        )
