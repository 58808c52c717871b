"""The API holds: short versions of `make soak`, with stand-ins for the models.

Killing Serve's controller, and ten times the load of the real models, are in the soak alone.
"""

import asyncio
import time
from collections.abc import Callable, Iterator

import aiohttp
import pytest
import requests
from ray import serve

from course_lib.support.load import open_loop
from course_lib.support.load.crowd import crowd
from course_lib.support.load.retries import get_with_retries
from course_lib.wikipedia_nlp_api import MAX_ARTICLES_AT_ONCE, NLPipelineDriver
from tests.conftest import Api
from tests.problems import assert_problem
from tests.soak.overload import Seen, questions
from tests.soak.processes import kill
from tests.soak.service import is_whole, replicas
from tests.soak.tries import recorded_tries
from tests.waiting import LONG_S, wait_until

NO_CPUS = {"num_cpus": 0}
WORK_S = 1.0


@serve.deployment(ray_actor_options=NO_CPUS, health_check_period_s=1, max_ongoing_requests=100)
class SlowModel:
    """Takes the place of a model: works for a while, and counts how that ended."""

    def __init__(self, answer: Callable[[list[str]], object], works_s: float) -> None:
        self.answer, self.works_s = answer, works_s
        self.begun, self.finished, self.stopped = 0, 0, 0

    async def __call__(self, sentences: list[str]) -> object:
        self.begun += 1
        try:
            await asyncio.sleep(self.works_s)
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        self.finished += 1
        return self.answer(sentences)

    def work_for(self, seconds: float) -> None:
        self.works_s = seconds

    def counts(self) -> tuple[int, int, int]:
        return self.begun, self.finished, self.stopped


@pytest.fixture(scope="module")
def slow(cluster_url: str) -> Iterator[Api]:
    """The API over stand-ins that take their time and no processor."""
    driver = NLPipelineDriver.options(ray_actor_options=NO_CPUS, health_check_period_s=1).bind(
        SlowModel.options(name="SentimentAnalysis").bind(
            lambda sentences: [0.0] * len(sentences), 0
        ),
        SlowModel.options(name="Summarizer").bind(lambda _: "a summary", WORK_S),
        SlowModel.options(name="EntityRecognition").bind(lambda _: [], WORK_S),
    )
    serve.run(driver, name="slow", route_prefix="/slow")
    yield Api(f"{cluster_url}/slow")
    serve.delete("slow", _blocking=False)


def summaries() -> tuple[int, int, int]:
    """How many summaries were begun, how many finished, and how many were stopped."""
    return (
        serve.get_deployment_handle("Summarizer", "slow").counts.remote().result(timeout_s=LONG_S)
    )


def wait_for_work() -> None:
    """Return when a summary has just been begun: for a second its request is everywhere."""
    begun = summaries()[0]
    wait_until(lambda: summaries()[0] > begun, "a summary is begun")


class TestKills:
    @pytest.mark.parametrize(
        ("victim", "errors"),
        [
            ("slow#Summarizer", {"503 problem+json"}),
            ("slow#NLPipelineDriver", {"500 plain"}),
            # Beside other tests the new proxy may start too late for the client's six tries.
            pytest.param("proxy", {"ConnectionError"}, marks=pytest.mark.alone),
        ],
    )
    def test_who_is_caught_may_try_again_and_nobody_is_lost(
        self, slow: Api, cluster_url: str, victim: str, errors: set[str]
    ) -> None:
        def ask() -> requests.Response:
            return get_with_retries(f"{slow.url}/summarize", {"search_term": "physicist"})

        whole = {name: count for name, count in replicas().items() if name.startswith("slow#")}
        with recorded_tries() as tries, crowd(ask, clients=4) as outcomes:
            wait_for_work()
            kill(victim)
            wait_until(lambda: is_whole(cluster_url, whole), "whole again")
        assert {outcome.kind for outcome in outcomes} == {"200"}
        failed = [attempt for attempt in tries if attempt.kind != "200"]
        assert {attempt.kind for attempt in failed} == errors
        for attempt in failed:
            if attempt.kind.startswith("503"):
                assert int(assert_retry_after(attempt.answer)) >= 1


def assert_retry_after(answer: requests.Response) -> str:
    assert_problem(answer, 503)
    return answer.headers["Retry-After"]


class TestOverload:
    def test_ten_times_the_capacity_is_answered_or_refused(self, slow: Api) -> None:
        """A stand-in needs no processor, so the capacity is known: places, by time."""
        rate_per_s = 10 * MAX_ARTICLES_AT_ONCE / WORK_S

        async def flood() -> list[Seen]:
            async with questions(slow.url) as (ask, seen):
                await open_loop(ask, rate_per_s=rate_per_s, duration_s=3, grace_s=LONG_S, seed=None)
                return seen

        before = summaries()
        seen = asyncio.run(flood())
        answered = [answer for answer in seen if answer.status == 200]
        assert len(seen) == 3 * rate_per_s
        assert all(answer.is_refusal for answer in seen if answer not in answered)
        assert MAX_ARTICLES_AT_ONCE <= len(answered) < len(seen)
        # No work for those that were refused, and none that was begun in vain.
        begun, finished, stopped = before
        assert summaries() == (begun + len(answered), finished + len(answered), stopped)
        assert slow.get("physicist").status_code == 200


class TestClientsThatLeave:
    def test_their_work_stops_and_their_places_are_free(self, slow: Api) -> None:
        """Nobody would get a place within the time that is allowed, if they kept theirs."""
        model = serve.get_deployment_handle("Summarizer", "slow")

        async def fill_and_leave() -> None:
            async with aiohttp.ClientSession() as session:
                asking = [
                    asyncio.create_task(session.get(f"{slow.url}/summarize?search_term=physicist"))
                    for _ in range(MAX_ARTICLES_AT_ONCE)
                ]
                while (await asyncio.to_thread(summaries))[0] < begun + MAX_ARTICLES_AT_ONCE:
                    await asyncio.sleep(0.1)
                for task in asking:
                    task.cancel()
                await asyncio.gather(*asking, return_exceptions=True)

        begun, finished, stopped = summaries()
        model.work_for.remote(600).result(timeout_s=LONG_S)
        asyncio.run(asyncio.wait_for(fill_and_leave(), timeout=LONG_S))
        model.work_for.remote(WORK_S).result(timeout_s=LONG_S)

        # The news that they left takes a moment. Until then there is no place, which is a 503.
        places = "a place is free"
        wait_until(lambda: slow.get("physicist").status_code == 200, places)
        expected = (begun + MAX_ARTICLES_AT_ONCE + 1, finished + 1, stopped + MAX_ARTICLES_AT_ONCE)
        wait_until(lambda: summaries() == expected, "all work for them has stopped")


@serve.deployment(
    ray_actor_options=NO_CPUS,
    health_check_period_s=1,
    max_surge_percent=100,
    max_constructor_retry_count=1,
    user_config={"greeting": "hello"},
)
class Greeter:
    """Says which version it is, unless it is broken."""

    def __init__(self, version: str) -> None:
        if version == "broken":
            raise OSError("the weights are on another disk")
        self.version = version

    async def reconfigure(self, config: dict[str, str]) -> None:
        self.greeting = config["greeting"]

    async def __call__(self, request: object) -> str:
        await asyncio.sleep(0.05)
        return f"{self.greeting} from {self.version}"


def deploy(application: serve.Application) -> None:
    serve.run(application, name="greeter", route_prefix="/greeter")


@pytest.fixture(scope="module")
def greeter(cluster_url: str) -> Iterator[str]:
    """The URL of a greeter."""
    deploy(Greeter.bind("one"))
    yield f"{cluster_url}/greeter"
    serve.delete("greeter", _blocking=False)


class TestUpdates:
    """An application is updated while three clients ask, and none of them sees an error."""

    def seen_during(self, url: str, application: serve.Application) -> tuple[set[str], str]:
        """The kinds of answer that the clients saw, and the last text."""
        with crowd(lambda: requests.get(url, timeout=LONG_S), clients=3) as outcomes:
            wait_until(lambda: outcomes, "a first answer")
            deploy(application)
            time.sleep(0.5)
        return {outcome.kind for outcome in outcomes}, requests.get(url, timeout=LONG_S).text

    def test_a_changed_user_config(self, greeter: str) -> None:
        changed = Greeter.options(user_config={"greeting": "good day"}).bind("one")
        assert self.seen_during(greeter, changed) == ({"200"}, "good day from one")

    def test_a_new_version(self, greeter: str) -> None:
        assert self.seen_during(greeter, Greeter.bind("two")) == ({"200"}, "hello from two")

    def test_a_broken_version_leaves_the_old_one_serving(self, greeter: str) -> None:
        before = requests.get(greeter, timeout=LONG_S).text

        with crowd(lambda: requests.get(greeter, timeout=LONG_S), clients=3) as outcomes:
            with pytest.raises(RuntimeError, match="greeter"):
                deploy(Greeter.bind("broken"))
            time.sleep(0.5)
        assert {outcome.kind for outcome in outcomes} == {"200"}
        assert {outcome.answer.text for outcome in outcomes} == {before}
        deployment = serve.status().applications["greeter"].deployments["Greeter"]
        assert "the weights are on another disk" in deployment.message
