"""The sampler of replica counts: its arithmetic, and what it sees of a real deployment."""

import asyncio
from collections.abc import Iterator

import pytest
from ray import serve
from ray.serve.schema import ReplicaState

from course_lib.support.lessons.replicas import (
    ReplicaCount,
    count_states,
    mean_target,
    replicas_added,
    watch_replicas,
)


@pytest.mark.parametrize(
    ("states", "target", "running"),
    [
        ({}, 0, 0),
        ({"RUNNING": 2}, 2, 2),
        ({"RUNNING": 1, "STARTING": 3}, 4, 1),
        ({"RUNNING": 1, "STOPPING": 3, "STOPPED": 1}, 1, 1),
        ({"STARTING": 1, "UPDATING": 1, "RECOVERING": 1, "PENDING_MIGRATION": 1}, 4, 0),
        ({ReplicaState.RUNNING: 2, ReplicaState.STARTING: 1, ReplicaState.STOPPING: 1}, 3, 2),
    ],
)
def test_the_target_is_what_exists_and_is_not_leaving(
    states: dict[str, int], target: int, running: int
) -> None:
    assert count_states(states) == (target, running)


def counts(*moments: tuple[float, int]) -> list[ReplicaCount]:
    return [ReplicaCount(time_s, target, 0) for time_s, target in moments]


def test_the_mean_weighs_by_time() -> None:
    assert mean_target(counts((1, 2), (2, 4), (5, 0))) == (2 * 1 + 4 * 3) / 4


@pytest.mark.parametrize("too_few", [[], counts((1, 2))])
def test_no_mean_where_no_time_passes(too_few: list[ReplicaCount]) -> None:
    with pytest.raises(ValueError, match=f"{len(too_few)} samples"):
        mean_target(too_few)


def test_replicas_added_counts_each_rise() -> None:
    assert replicas_added(counts((0, 2), (1, 4), (2, 1), (3, 1), (4, 2))) == 3
    assert replicas_added([]) == 0


@serve.deployment(
    num_replicas=2, ray_actor_options={"num_cpus": 0}, graceful_shutdown_wait_loop_s=0.05
)
class Idle:
    """Does nothing."""


@pytest.fixture
def idle(cluster_url: str) -> Iterator[str]:
    """The name of an application with two idle replicas."""
    serve.run(Idle.bind(), name="idle", route_prefix=None)
    yield "idle"
    serve.delete("idle")


def test_watching_a_deployment_from_two_replicas_to_none(idle: str) -> None:
    async def watch() -> None:
        async with watch_replicas(idle, "Idle", interval_s=0.02) as replicas:
            assert (replicas.samples[0].target, replicas.samples[0].running) == (2, 2)
            for name in (("nothing", "Idle"), (idle, "Nobody")):
                with pytest.raises(LookupError, match=f"{name[1]!r} in {name[0]!r}"):
                    await watch_replicas(*name).__aenter__()
            await replicas.until(lambda now: now.time_s > 0.1)
            with pytest.raises(TimeoutError, match="running=2"):
                await replicas.until(lambda now: now.running == 3, within_s=0.1)
            await asyncio.to_thread(serve.delete, idle)
            gone = await replicas.until(lambda now: now.running == 0)
            assert gone.target == 0
        times_s = [sample.time_s for sample in replicas.samples]
        assert times_s == sorted(times_s)
        assert len(times_s) >= 4
        seen = len(times_s)
        await asyncio.sleep(0.1)
        assert len(replicas.samples) == seen

    asyncio.run(watch())


def test_a_replica_without_a_place_is_a_target_and_not_running(cluster_url: str) -> None:
    too_large = Idle.options(
        num_replicas=1, ray_actor_options={"num_cpus": 1000}, graceful_shutdown_timeout_s=0.1
    )
    target = serve.RunTarget(too_large.bind(), name="too-large", route_prefix=None)
    serve.run_many([target], wait_for_applications_running=False)

    async def watch() -> None:
        async with watch_replicas("too-large", "Idle", interval_s=0.02) as replicas:
            waiting = await replicas.until(lambda now: now.target == 1)
            assert waiting.running == 0

    try:
        asyncio.run(watch())
    finally:
        serve.delete("too-large")
