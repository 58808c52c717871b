"""A service that is broken on purpose, and the client that must not lose an answer by it."""

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import ray
import requests
import tenacity
from ray import serve

from course_lib import when_things_break
from course_lib.when_things_break import (
    MAX_TRIES,
    StandInModel,
    WordCounter,
    get_with_retries,
    pause_s,
    retry_after_s,
)
from tests.conftest import free_port
from tests.serve_run import serve_run
from tests.waiting import LONG_S, wait_until

FOUR_WORDS = {"text": "Nothing breaks by itself."}
SERVICE = WordCounter.func_or_class


class Scripted(ThreadingHTTPServer):
    """Answers as its script says: a status, a status with Retry-After, or a fault."""

    daemon_threads = True

    def __init__(self, *script: int | tuple[int, str] | str) -> None:
        super().__init__(("127.0.0.1", 0), Scene)
        self.script, self.asked = list(script), []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Scene(BaseHTTPRequestHandler):
    """One request; the last line of the script is repeated."""

    def do_GET(self) -> None:
        script = self.server.script
        line = script.pop(0) if len(script) > 1 else script[0]
        self.server.asked.append(self.path)
        if line == "silence":
            time.sleep(5)
        if isinstance(line, str):
            self.close_connection = True
            if line == "drops":
                self.drip()
            if line == "half an answer":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
            return
        status, retry_after = line if isinstance(line, tuple) else (line, None)
        self.send_response(status)
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(50):
                self.wfile.write(b".")
                time.sleep(0.1)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Callable[..., Scripted]]:
    """A function that starts a scripted server."""
    servers = []

    def start(*script: int | tuple[int, str] | str) -> Scripted:
        servers.append(Scripted(*script))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return servers[-1]

    yield start
    for started in servers:
        started.shutdown()
        started.server_close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the client makes; none of them takes time."""
    made: list[float] = []
    monkeypatch.setattr(tenacity.nap.time, "sleep", made.append)
    return made


class TestGetWithRetries:
    @pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
    def test_what_may_pass_is_asked_again(
        self, server: Callable[..., Scripted], pauses: list[float], status: int
    ) -> None:
        scripted = server(status, status, 200)
        assert get_with_retries(scripted.url).status_code == 200
        assert len(scripted.asked) == 3
        assert 0.4 <= pauses[0] <= 0.8 <= pauses[1] <= 1.6

    @pytest.mark.parametrize("status", [200, 204, 400, 404, 422, 429, 501])
    def test_what_would_be_the_same_again_is_not(
        self, server: Callable[..., Scripted], pauses: list[float], status: int
    ) -> None:
        scripted = server(status)
        assert get_with_retries(scripted.url).status_code == status
        assert len(scripted.asked) == 1
        assert pauses == []

    @pytest.mark.parametrize("fault", ["break", "half an answer"])
    def test_a_lost_connection_is_asked_again(
        self, server: Callable[..., Scripted], pauses: list[float], fault: str
    ) -> None:
        scripted = server(fault, 200)
        assert get_with_retries(scripted.url).status_code == 200
        assert len(pauses) == 1

    def test_after_six_tries_the_last_answer_comes_back(
        self, server: Callable[..., Scripted], pauses: list[float]
    ) -> None:
        scripted = server(500, 500, 500, 500, 500, 503, 200)
        assert get_with_retries(scripted.url).status_code == 503
        assert len(scripted.asked) == MAX_TRIES == 6
        assert len(pauses) == 5

    def test_after_six_tries_without_an_answer_the_error_is_raised(
        self, pauses: list[float]
    ) -> None:
        with pytest.raises(requests.ConnectionError):
            get_with_retries(f"http://127.0.0.1:{free_port()}")
        assert len(pauses) == 5

    def test_parameters_go_with_each_try(
        self, server: Callable[..., Scripted], pauses: list[float]
    ) -> None:
        scripted = server(500, 200)
        get_with_retries(f"{scripted.url}/words", FOUR_WORDS)
        assert scripted.asked == ["/words?text=Nothing+breaks+by+itself."] * 2

    def test_retry_after_is_waited_for(
        self, server: Callable[..., Scripted], pauses: list[float]
    ) -> None:
        get_with_retries(server((503, "7"), (503, "soon"), 200).url)
        assert 7.4 <= pauses[0] <= 7.8
        assert 0.8 <= pauses[1] <= 1.6

    def test_a_pause_that_does_not_fit_into_the_time_is_not_made(
        self, server: Callable[..., Scripted], pauses: list[float]
    ) -> None:
        scripted = server((503, "3600"), 200)
        assert get_with_retries(scripted.url).status_code == 503
        assert pauses == []

    @pytest.mark.parametrize("fault", ["silence", "drops"])
    def test_all_tries_share_one_time(
        self, server: Callable[..., Scripted], monkeypatch: pytest.MonkeyPatch, fault: str
    ) -> None:
        monkeypatch.setattr(when_things_break, "ALL_TRIES_S", 1.6)
        scripted = server(500, fault)
        with pytest.raises(requests.Timeout):
            get_with_retries(scripted.url)
        assert len(scripted.asked) == 2


def test_pauses_double_up_to_a_limit_and_half_of_each_is_chance() -> None:
    for tries, longest in enumerate([0.8, 1.6, 3.2, 4.0, 4.0], 1):
        drawn = [pause_s(tries) for _ in range(200)]
        assert longest / 2 <= min(drawn) < longest * 0.6
        assert longest * 0.9 < max(drawn) <= longest
    assert 5.4 <= pause_s(1, asked_s=5) <= 5.8


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({}, 0),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "12"}, 12),
        ({"Retry-After": "90000"}, 90_000),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": ""}, 0),
        ({"Retry-After": formatdate(0, usegmt=True)}, 0),
    ],
)
def test_retry_after_in_seconds(header: dict[str, str], seconds: float) -> None:
    assert retry_after_s(header) == seconds


def test_retry_after_as_a_date() -> None:
    date = formatdate(time.time() + 60, usegmt=True)
    assert 1 <= retry_after_s({"Retry-After": date}) <= 60  # less what this takes


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


def replicas(application: str) -> list[str]:
    """The actor names of an application's living replicas."""
    names = [a["name"] for a in ray.util.list_named_actors(all_namespaces=True)]
    return sorted(name for name in names if name.startswith(f"SERVE_REPLICA::{application}#"))


def inside(replica: str, function: Callable[[Any], Any]) -> Any:
    """Call a function with the object that serves in a replica, in its process."""
    actor = ray.get_actor(replica, namespace="serve")
    return ray.get(
        actor.__ray_call__.remote(lambda _: function(serve.get_replica_context().servable_object)),
        timeout=LONG_S,
    )


def running(application: str) -> int:
    [deployment] = serve.status().applications[application].deployments.values()
    return deployment.replica_states.get("RUNNING", 0)


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
        process = inside(killed, lambda _: os.getpid())
        with ThreadPoolExecutor(8) as clients:
            answers = [clients.submit(get_with_retries, url, FOUR_WORDS) for _ in range(40)]
            wait_until(lambda: sum(answer.done() for answer in answers) >= 8, "eight answers")
            os.kill(process, signal.SIGKILL)
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
        url, over = update("1"), threading.Event()
        seen: list[tuple[int, str]] = []

        def ask_on() -> None:
            while not over.is_set():
                answer = requests.get(url, params=FOUR_WORDS, timeout=LONG_S)
                seen.append((answer.status_code, answer.json()["version"]))

        with ThreadPoolExecutor(1) as client:
            asking = client.submit(ask_on)
            try:
                wait_until(lambda: seen, "an answer")
                update("2")
                wait_until(lambda: seen[-1] == (200, "2"), "an answer of the new version")
            finally:
                over.set()
            asking.result()
        assert seen == sorted(seen)
        assert set(seen) == {(200, "1"), (200, "2")}

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
