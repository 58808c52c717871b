"""Starts a server that is to be measured, asks it until it answers, and stops all of it.

    with server([sys.executable, "-m", "benchmarks.servers.noop_fastapi"], url) as it:
        before = it.cpu_s()
        ...
        print(it.started_s, it.cpu_s() - before, it.memory_mb())

A server is many processes: `benchmarks.processes` finds them.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import requests

from benchmarks.piece import ROOT
from benchmarks.processes import MARK, each, processes_of, pss_mb

LOGS = ROOT / ".cache/bench/logs"
POLL_S = 0.02
STOP_LIMIT_S = 10
GOODBYE_S = 0.5  # what is left when the first process has ended

# The same for all systems: no setting of a single one may change it.
FAIR = {
    "OMP_NUM_THREADS": "1",  # also the number of torch's threads
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "PYTHONPATH": str(ROOT),  # for what starts anew in another folder
    "BENTOML_DO_NOT_TRACK": "True",
    "BENTOML_HOME": str(ROOT / ".cache/bench/bentoml"),
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_SERVE_LOG_TO_STDERR": "0",
}


class ServerFailed(Exception):
    """A server could not be measured: it ended, or never answered. The message ends in its log."""


@dataclass(frozen=True)
class Command:
    """How to start a server, and the question that it answers with 200 when it is up."""

    arguments: Sequence[str]
    url: str
    env: Mapping[str, str] = field(default_factory=dict)
    json: Any = None  # with it, the question is a POST


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    process: subprocess.Popen
    mark: str
    url: str
    started_s: float  # from the command to the first answer

    def processes(self) -> list[psutil.Process]:
        """All of its processes that live."""
        return processes_of(self.process.pid, self.mark)

    def cpu_s(self) -> float:
        """Processor seconds of all its processes since they started, ended children included."""
        return sum(sum(times[:4]) for times in each(self.processes(), psutil.Process.cpu_times))

    def memory_mb(self) -> float:
        """PSS of all its processes, in MB of 10^6 bytes."""
        return sum(each(self.processes(), pss_mb))


@contextmanager
def server(
    command: Sequence[str],
    url: str,
    *,
    env: Mapping[str, str] | None = None,
    json: Any = None,
    timeout_s: float = 120,
    name: str = "server",
) -> Iterator[Server]:
    """Start a server in a process group of its own, and stop all of it at the end.

    It counts as started when `url` answers 200: to a GET, or to a POST of `json`. Its output goes
    to `.cache/bench/logs/NAME.log`.

    Raises:
        ValueError: `env` changes what is the same for all.
        ServerFailed: the port is taken, it ended, or did not answer in time.
    """
    mark = uuid.uuid4().hex
    environment = fair_environment(env or {}) | {MARK: mark}
    check_port_is_free(url)
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    started = time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until_it_answers(process, url, json, started + timeout_s, log)
        yield Server(process, mark, url, time.perf_counter() - started)
    finally:
        stop(process, mark)


def started(command: Command, *, name: str, timeout_s: float = 120):
    """`server`, for a Command."""
    return server(
        command.arguments,
        command.url,
        env=command.env,
        json=command.json,
        timeout_s=timeout_s,
        name=name,
    )


def fair_environment(env: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with a server's own settings, and those that are for all."""
    if unfair := sorted(name for name in env if env[name] != FAIR.get(name, env[name])):
        raise ValueError(f"the same for all systems, and changed for one: {', '.join(unfair)}")
    own = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    binaries = f"{Path(sys.executable).parent}{os.pathsep}{own.get('PATH', os.defpath)}"
    return own | FAIR | {"PATH": binaries} | dict(env)


def check_port_is_free(url: str) -> None:
    """Raise ServerFailed when something listens there: that would be measured instead."""
    parts = urlsplit(url)
    with socket.socket() as probe:
        if probe.connect_ex((parts.hostname or "127.0.0.1", parts.port or 80)) == 0:
            raise ServerFailed(f"port {parts.port} is taken: another program listens there")


def wait_until_it_answers(
    process: subprocess.Popen, url: str, json: Any, deadline: float, log: Path
) -> None:
    """Ask until the answer is 200."""
    last = "it refuses connections"
    while (left_s := deadline - time.perf_counter()) > 0:
        if process.poll() is not None:
            raise ServerFailed(f"it ended with status {process.returncode}; {tail(log)}")
        try:
            method = "GET" if json is None else "POST"
            answer = requests.request(method, url, json=json, timeout=left_s)
            if answer.status_code == 200:
                return
            last = f"HTTP {answer.status_code}: {answer.text[:200]}"
        except requests.RequestException as error:
            last = type(error).__name__
        time.sleep(POLL_S)
    raise ServerFailed(f"no answer in time ({last}); {tail(log)}")


def tail(log: Path) -> str:
    """The end of a log."""
    return f"the end of {log.name}:\n" + "\n".join(
        log.read_text(errors="replace").splitlines()[-20:]
    )


def stop(process: subprocess.Popen, mark: str) -> None:
    """Ask a server to stop, then make it; nothing of it is left."""
    members = {*processes_of(process.pid, mark)}
    process.send_signal(signal.SIGINT)  # the first process stops the others in its own order
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_LIMIT_S)
    for number in (signal.SIGTERM, signal.SIGKILL):
        left = psutil.wait_procs(members | {*processes_of(process.pid, mark)}, GOODBYE_S)[1]
        for member in left:
            with suppress(psutil.NoSuchProcess):
                member.send_signal(number)
        members = {*psutil.wait_procs(left, STOP_LIMIT_S)[1]}
    process.poll()  # or it stays as a zombie
