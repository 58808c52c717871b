"""A server that is started, loaded, measured and stopped. The one here is of these tests."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from benchmarks.client import fast_request
from benchmarks.load import closed, closed_for, open_
from benchmarks.server import FAIR, ServerFailed, fair_environment, server
from course_lib.support.load import BadStatus
from tests.conftest import free_port

ANSWERS = """
import http.server, subprocess, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        end = time.thread_time() + 0.003
        while time.thread_time() < end: pass
        self.send_response(503 if b"refuse" in body else 200)
        self.send_header("Content-Length", str(len(body)))
        if b"close" in body:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
sleep = [sys.executable, "-c", "import time; time.sleep(100)"]
child = subprocess.Popen(sleep, start_new_session=True)
print(child.pid, flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def test_a_server_is_measured_and_stopped_with_all_its_processes() -> None:
    url = f"http://127.0.0.1:{(port := free_port())}/"
    command = [sys.executable, "-c", ANSWERS, str(port)]
    with server(command, url, json={}, name="test", timeout_s=20) as it:
        assert it.started_s > 0
        assert it.cpu_s() > 0
        found = it.processes()
        assert len(found) == 2
        assert it.memory_mb() > 5

        async def measure() -> list[dict]:
            async with fast_request(url, {"n": 1}) as request:
                return [
                    await closed(request, clients=4, requests=40, server=it),
                    await closed_for(request, clients=2, seconds=0.2, server=it),
                    await open_(request, rate_per_s=50, duration_s=0.4, server=it),
                ]

        by_count, by_time, scheduled = asyncio.run(measure())
        assert (by_count["requests"], by_count["errors"]) == (40, {})
        # Each request is 3 ms of work, and the kernel counts in steps of 10.
        assert 2 < by_count["server_cpu_ms"] < 30
        assert by_time["requests"] >= 8
        assert scheduled["measure"] == "open"
        with pytest.raises(ServerFailed, match="taken"), server(command, url, json={}):
            pass
    assert not any(process.is_running() for process in found)


def test_the_fast_client_reads_statuses_and_survives_closed_connections() -> None:
    url = f"http://127.0.0.1:{(port := free_port())}/"

    async def ask(body: object) -> None:
        async with fast_request(url, body) as request:
            for _ in range(3):
                await request()

    with server([sys.executable, "-c", ANSWERS, str(port)], url, json={}, name="test"):
        asyncio.run(ask("close"))
        with pytest.raises(BadStatus, match="HTTP 503"):
            asyncio.run(ask("refuse"))
    with pytest.raises(OSError, match=str(port)):
        asyncio.run(ask("nobody is there"))


def test_a_server_that_ends_says_why() -> None:
    command = [sys.executable, "-c", "raise SystemExit('no model here')"]
    with (
        pytest.raises(ServerFailed, match=r"(?s)status 1.*no model here"),
        server(command, f"http://127.0.0.1:{free_port()}/", name="test"),
    ):
        pass


def test_no_system_gets_threads_of_its_own() -> None:
    assert fair_environment({"A": "1", "OMP_NUM_THREADS": "1"})["A"] == "1"
    with pytest.raises(ValueError, match="OMP_NUM_THREADS"):
        fair_environment({"OMP_NUM_THREADS": "2"})


def test_the_reader_s_own_settings_do_not_reach_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    environment = fair_environment({})
    assert "RAY_ADDRESS" not in environment
    assert environment["OMP_NUM_THREADS"] == FAIR["OMP_NUM_THREADS"]
    assert environment["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
