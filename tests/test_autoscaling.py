"""Autoscaling: the policy as a pure function, and what Serve does with it on a real cluster."""

import asyncio
import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from ray import serve
from ray._common.test_utils import SignalActor
from ray.serve.autoscaling_policy import replica_queue_length_autoscaling_policy

from course_lib.autoscaling import (
    AUTOSCALING,
    TIMETABLE,
    Rush,
    load_or_timetable,
    planned_replicas,
)
from course_lib.support.lessons.policy_context import policy_context
from course_lib.support.lessons.replicas import watch_replicas
from tests.serve_run import deploy_as_a_file_does, serve_run
from tests.waiting import LONG_S

HURRY = {
    "metrics_interval_s": 0.1,
    "look_back_period_s": 0.5,
    "upscale_delay_s": 0.1,
    "downscale_delay_s": 0.1,
}
BY_DAY = Rush(dt.time(8), dt.time(10), replicas=3)
BY_NIGHT = Rush(dt.time(23, 30), dt.time(0, 30), replicas=5)


def at(clock: str, day: str = "2026-01-05") -> float:
    """Seconds since 1970 at a time of day, in UTC."""
    return dt.datetime.fromisoformat(f"{day}T{clock}+00:00").timestamp()


@pytest.mark.parametrize(
    ("clock", "replicas"),
    [
        ("07:59:59.9", 0),
        ("08:00", 3),
        ("09:59:59.9", 3),
        ("10:00", 0),
        ("23:29", 0),
        ("23:30", 5),
        ("00:00", 5),
        ("00:29:59", 5),
        ("00:30", 0),
    ],
)
def test_planned_replicas_at_a_time_of_day(clock: str, replicas: int) -> None:
    for day in ("2026-01-05", "2026-07-12"):
        assert planned_replicas([BY_DAY, BY_NIGHT], at(clock, day)) == replicas


def test_the_timetable_is_in_utc_wherever_the_cluster_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    try:
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TZ", "Asia/Tokyo")
            time.tzset()
            assert planned_replicas([BY_DAY], at("09:00")) == 3
            assert planned_replicas([BY_DAY], at("00:00")) == 0
    finally:
        time.tzset()


def test_of_two_rushes_at_once_the_larger_counts() -> None:
    plan = [Rush(dt.time(8), dt.time(12), 2), BY_DAY, Rush(dt.time(9), dt.time(11), 1)]
    assert planned_replicas(plan, at("09:30")) == 3
    assert planned_replicas([], at("09:30")) == 0


@pytest.mark.parametrize(
    ("clock", "ongoing", "replicas"),
    [("07:00", 0, 0), ("07:00", 5, 2.5), ("08:00", 0, 3), ("08:00", 5, 3), ("08:00", 14, 7)],
)
def test_the_policy_takes_the_larger_of_load_and_timetable(
    clock: str, ongoing: float, replicas: float
) -> None:
    moment = policy_context(ongoing, time_s=at(clock), target_ongoing_requests=2)
    assert load_or_timetable(moment, [BY_DAY]) == (replicas, {})


@pytest.mark.parametrize("ongoing", [1, 4, 5, 100])
def test_outside_the_timetable_it_is_rays_own_policy(ongoing: float) -> None:
    moment = policy_context(ongoing, running=3, time_s=at("03:00"), target_ongoing_requests=3)
    wanted, _ = replica_queue_length_autoscaling_policy(moment)
    assert load_or_timetable(moment)[0] == pytest.approx(wanted)


@serve.deployment(
    ray_actor_options={"num_cpus": 0}, max_ongoing_requests=4, graceful_shutdown_wait_loop_s=0.05
)
class Held:
    """Keeps its requests until the signal is sent."""

    def __init__(self, signal: Any) -> None:
        self.signal = signal

    async def __call__(self) -> None:
        await self.signal.wait.remote()


@pytest.fixture
def signal(cluster_url: str) -> Iterator[Any]:
    """A signal that lets held requests go; sent at the end in any case."""
    actor = SignalActor.options(num_cpus=0).remote()
    yield actor
    actor.send.remote()
    serve.delete("held", _blocking=False)


def test_the_policy_by_its_import_path_scales_up_to_the_bound_and_down_again(signal: Any) -> None:
    """The requests are held, so nothing here depends on speed."""
    policy = {"policy_function": "course_lib.autoscaling:load_or_timetable"}
    config = AUTOSCALING | HURRY | {"policy": policy}
    held = Held.options(autoscaling_config=config).bind(signal)
    handle = serve.run(held, name="held", route_prefix=None)

    def idle_replicas() -> int:
        return max(1, planned_replicas(TIMETABLE, time.time()))

    async def scale() -> None:
        async with watch_replicas("held", "Held", interval_s=0.05) as watch:
            await watch.until(lambda now: now.running == idle_replicas())
            requests_in_progress = [handle.remote() for _ in range(40)]
            await watch.until(lambda now: now.running >= AUTOSCALING["max_replicas"])
            await signal.send.remote()
            await asyncio.gather(*requests_in_progress)
            await watch.until(lambda now: now.running == now.target == idle_replicas())
        assert max(now.target for now in watch.samples) == AUTOSCALING["max_replicas"]

    asyncio.run(scale())
    handle.shutdown()  # it would go on to report, and start Ray again when Ray has stopped


def test_the_application_answers_awake_and_is_woken_from_its_sleep(cluster_url: str) -> None:
    def ask(url: str) -> dict[str, Any]:
        text = {"text": "What a wonderful day."}
        response = requests.get(f"{url}/sentiment", params=text, timeout=LONG_S)
        assert response.status_code == 200
        assert response.json()["label"] == "positive"
        return response.json()

    async def sleep_and_wake(url: str) -> None:
        awake = ask(url)
        bounds = AUTOSCALING | HURRY | {"min_replicas": 0}
        deploy_as_a_file_does("autoscaling", autoscaling_config=bounds)
        async with watch_replicas("autoscaling", "SentimentAnalysis", interval_s=0.05) as watch:
            await watch.until(lambda now: now.target == 0)
            woken = await asyncio.to_thread(ask, url)
            assert woken["replica"] != awake["replica"]
            assert woken["probability"] == awake["probability"]
            await watch.until(lambda now: now.target == 0)
        assert max(now.running for now in watch.samples) == 1

    with serve_run("autoscaling", cluster_url) as url:
        asyncio.run(sleep_and_wake(url))
