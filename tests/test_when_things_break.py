"""A service that is broken on purpose, and what its clients see of it."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from ray import serve

from course_lib.support.lessons.inside_replicas import inside, kill, replicas, running
from course_lib.support.load.crowd import Outcome, crowd
from course_lib.support.load.retries import get_with_retries
from course_lib.when_things_break import StandInModel, WordCounter
from tests.serve_run import serve_run
from tests.waiting import LONG_S, wait_until

FOUR_WORDS = {"text": "Nothing breaks by itself."}
SERVICE = WordCounter.func_or_class


class TestStandInModel:
    @pytest.mark.parametrize(("text", "words"), [("two words", 2), ("  a \n b\tc ", 3), (" ", 0)])
    def test_it_counts(self, text: str, words: int) -> None:
        assert asyncio.run(StandInModel(0)(text)) == words

    def test_it_takes_one_text_at_a_time_and_its_time_for_each_word(self) -> None:
        async def two_texts() -> float:
            model, begin = StandInModel(20), time.monotonic()
            await asyncio.gather(model("five words are in here"), model("and five in this one"))
            return time.monotonic() - begin

        assert asyncio.run(two_texts()) >= 0.2

    def test_who_leaves_gives_the_desk_to_the_next(self) -> None:
        async def leave_and_come() -> int:
            model = StandInModel(1)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(model("word " * 600_000), 0.01)
            return await asyncio.wait_for(model("two words"), LONG_S)

        assert asyncio.run(leave_and_come()) == 2

    def test_a_negative_time_is_refused(self) -> None:
        with pytest.raises(ValueError, match="must not be below 0, and it is -25"):
            StandInModel(-25)


class TestCheckHealth:
    @staticmethod
    def service(weight: int) -> Any:
        class Service:
            model = StandInModel(0)

        Service.model.weight = weight
        return Service()

    def test_a_model_that_is_right_is_well(self) -> None:
        asyncio.run(SERVICE.check_health(self.service(weight=1)))

    @pytest.mark.parametrize("weight", [0, 2])
    def test_a_model_that_is_wrong_is_sick(self, weight: int) -> None:
        with pytest.raises(RuntimeError, match=f"counts {2 * weight} words in 'two words'"):
            asyncio.run(SERVICE.check_health(self.service(weight)))


@pytest.fixture(scope="module")
def url(cluster_url: str) -> Iterator[str]:
    """The application as `serve run` starts it."""
    with serve_run("when_things_break", cluster_url) as url:
        yield f"{url}/words"


def is_replaced(replica: str) -> bool:
    return replica not in replicas("when_things_break") and running("when_things_break") == 2


class TestService:
    def test_it_counts(self, url: str) -> None:
        answer = requests.get(url, params=FOUR_WORDS, timeout=LONG_S)
        assert answer.status_code == 200
        assert answer.json().items() >= {"words": 4, "version": "1"}.items()
        assert any(
            name.endswith(answer.json()["replica"]) for name in replicas("when_things_break")
        )

    @pytest.mark.parametrize("params", [{}, {"text": ""}, {"text": "x" * 5_001}])
    def test_a_bad_text_is_refused(self, url: str, params: dict[str, str]) -> None:
        answer = requests.get(url, params=params, timeout=LONG_S)
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"

    def test_no_answer_is_lost_when_a_replica_is_killed(self, url: str) -> None:
        killed, _ = replicas("when_things_break")
        with ThreadPoolExecutor(8) as clients:
            answers = [clients.submit(get_with_retries, url, FOUR_WORDS) for _ in range(40)]
            wait_until(lambda: sum(answer.done() for answer in answers) >= 8, "eight answers")
            kill(killed)
            assert [answer.result().status_code for answer in answers] == [200] * 40
        wait_until(lambda: is_replaced(killed), "another replica")

    def test_a_sick_replica_is_replaced(self, url: str) -> None:
        sick, _ = replicas("when_things_break")
        inside(sick, lambda service: setattr(service.model, "weight", 0))
        wait_until(lambda: is_replaced(sick), "another replica")
        answers = [requests.get(url, params=FOUR_WORDS, timeout=LONG_S) for _ in range(4)]
        assert [answer.json()["words"] for answer in answers] == [4] * 4

    def test_a_full_queue_says_when_to_come_back(self, url: str) -> None:
        with ThreadPoolExecutor(60) as clients:
            answers = list(
                clients.map(
                    lambda _: requests.get(url, params=FOUR_WORDS, timeout=LONG_S), range(60)
                )
            )
        refused = [answer for answer in answers if answer.status_code == 503]
        assert 0 < len(refused) < 60
        assert {answer.status_code for answer in answers} == {200, 503}
        assert {answer.headers["Retry-After"] for answer in refused} == {"1"}

    def test_work_stops_when_its_client_leaves(self, url: str) -> None:
        def cancelled() -> int:
            names = replicas("when_things_break")
            return sum(inside(name, lambda service: service.seen["cancelled"]) for name in names)

        before = cancelled()
        with pytest.raises(requests.Timeout):
            requests.get(url, params={"text": "word " * 900}, timeout=1)
        wait_until(lambda: cancelled() > before, "the replica stops its work")


class TestUpdate:
    @pytest.fixture
    def update(self, cluster_url: str) -> Iterator[Callable[..., str]]:
        """A function that deploys a version of one replica, and returns its URL."""

        def deploy(version: str, ms_per_word: float = 5) -> str:
            one = WordCounter.options(num_replicas=1, max_constructor_retry_count=1)
            application = one.bind(version, ms_per_word)
            serve.run(application, name="update", route_prefix="/update")
            return f"{cluster_url}/update/words"

        yield deploy
        serve.delete("update")  # or the next test would find its replica

    def test_a_new_version_comes_without_a_failed_request(self, update: Callable[..., str]) -> None:
        url = update("1")

        def version(outcome: Outcome) -> str:
            return outcome.answer.json()["version"] if outcome.kind == "200" else outcome.kind

        with crowd(lambda: requests.get(url, FOUR_WORDS, timeout=LONG_S), clients=1) as outcomes:
            wait_until(lambda: outcomes, "an answer")
            update("2")
            wait_until(lambda: version(outcomes[-1]) == "2", "an answer of the new version")
        versions = [version(outcome) for outcome in outcomes]
        assert versions == sorted(versions)
        assert set(versions) == {"1", "2"}

    def test_a_version_that_cannot_start_leaves_the_old_one(
        self, update: Callable[..., str]
    ) -> None:
        url = update("1")
        with pytest.raises(RuntimeError):
            update("2", ms_per_word=-1)
        answer = requests.get(url, params=FOUR_WORDS, timeout=LONG_S)
        assert (answer.status_code, answer.json()["version"]) == (200, "1")

    def test_what_is_in_progress_is_finished(self, update: Callable[..., str]) -> None:
        url = update("1")
        with ThreadPoolExecutor(1) as client:
            waiting = client.submit(
                requests.get, url, params={"text": "word " * 400}, timeout=LONG_S
            )
            [replica] = replicas("update")
            wait_until(lambda: inside(replica, lambda service: service.seen["started"]), "it works")
            serve.delete("update")
            assert waiting.result().json()["words"] == 400
