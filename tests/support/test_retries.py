"""The client that asks again, against a server that answers as its script says."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
import tenacity

from course_lib.support.load import retries
from course_lib.support.load.retries import MAX_TRIES, get_with_retries, pause_s, retry_after_s
from tests.conftest import free_port

PARAMS = {"text": "two words"}


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
        get_with_retries(f"{scripted.url}/words", PARAMS)
        assert scripted.asked == ["/words?text=two+words"] * 2

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
        monkeypatch.setattr(retries, "ALL_TRIES_S", 1.6)
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
