"""Watches how many replicas a deployment has, as `serve.status()` tells it.

    async with watch_replicas("shop", "SentimentAnalysis") as watch:
        await watch.until(lambda now: now.running >= 3)
    print(watch.samples[-1], mean_target(watch.samples))

Serve's status counts replicas by state and does not name the number that the controller aims at.
But the controller starts what is missing and stops what is too many within one round of its loop,
so the target is the number of replicas that exist and are not stopping.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter

from ray import serve

LEAVING = {"STOPPING", "STOPPED"}


@dataclass(frozen=True)
class ReplicaCount:
    """How many replicas there were at a moment."""

    time_s: float  # since the watch began
    target: int  # those that run, and those that are on their way
    running: int  # those that answer


def count_states(states: Mapping[str, int]) -> tuple[int, int]:
    """Return target and running replicas, from the `replica_states` of a deployment's status."""
    target = sum(count for state, count in states.items() if state not in LEAVING)
    return target, states.get("RUNNING", 0)


class ReplicaWatch:
    """The replicas of one deployment over time; made by `watch_replicas`."""

    def __init__(self, application: str, deployment: str) -> None:
        self.application, self.deployment = application, deployment
        self.samples: list[ReplicaCount] = []
        self._start = perf_counter()
        self._news = asyncio.Event()

    async def look(self) -> None:
        """Add a sample: none of either once the deployment has been deleted.

        Raises:
            LookupError: there has never been such a deployment.
        """
        applications = (await asyncio.to_thread(serve.status)).applications
        application = applications.get(self.application)
        status = application.deployments.get(self.deployment) if application else None
        if status is None and not self.samples:
            raise LookupError(f"no deployment {self.deployment!r} in {self.application!r}")
        target, running = count_states(status.replica_states) if status else (0, 0)
        self.samples.append(ReplicaCount(perf_counter() - self._start, target, running))
        self._news.set()
        self._news = asyncio.Event()

    async def until(
        self, reached: Callable[[ReplicaCount], bool], *, within_s: float = 60
    ) -> ReplicaCount:
        """Wait for a sample that fulfils a condition, the latest one included; return it.

        Raises:
            TimeoutError: there was none in time; the message has the last one.
        """
        try:
            async with asyncio.timeout(within_s):
                while not reached(self.samples[-1]):
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(f"not in {within_s} s; at last {self.samples[-1]}") from None
        return self.samples[-1]


@asynccontextmanager
async def watch_replicas(
    application: str, deployment: str, *, interval_s: float = 0.1
) -> AsyncIterator[ReplicaWatch]:
    """Sample a deployment's replicas at an interval for as long as the block runs.

    Raises:
        LookupError: if there is no such deployment at the start.
    """
    watch = ReplicaWatch(application, deployment)
    await watch.look()
    over = asyncio.Event()

    async def look_on() -> None:
        while not over.is_set():
            await asyncio.sleep(interval_s)
            await watch.look()

    watching = asyncio.create_task(look_on())
    try:
        yield watch
    finally:
        over.set()
        await watching


def mean_target(samples: Sequence[ReplicaCount]) -> float:
    """Return the mean target over the time of the samples: the replicas that have to be paid.

    Raises:
        ValueError: for fewer than two samples.
    """
    if len(samples) < 2:
        raise ValueError(f"no time passes in {len(samples)} samples")
    replica_s = sum(now.target * (later.time_s - now.time_s) for now, later in pairwise(samples))
    return replica_s / (samples[-1].time_s - samples[0].time_s)


def replicas_added(samples: Sequence[ReplicaCount]) -> int:
    """Return how many replicas were started between the first and the last sample."""
    return sum(max(0, later.target - now.target) for now, later in pairwise(samples))
