"""A JSON request that is checked and answered with no model: what the serving itself costs."""

import sys
from functools import partial

from benchmarks.client import fast_request
from benchmarks.load import closed_for, in_loop, open_
from benchmarks.piece import Piece, Row, in_rounds
from benchmarks.plots import Bars
from benchmarks.report import Chapter
from benchmarks.rows import Rows, Summary
from benchmarks.server import Command, Server, started
from benchmarks.servers.noop_work import QUESTION
from benchmarks.tables import Column, Table, Target

PORT = 8110
URL = f"http://127.0.0.1:{PORT}/answer"
CLIENTS = (1, 32)
COMMON_RATE_PER_S = 100  # the slowest system bears it
ROUNDS = 3
THROUGH_HAPROXY = "this project, HAProxy"
IN_THROUGHPUT_MODE = "this project, HAProxy, throughput mode"
# One thread carries more than one replica can answer; two would take a core from it.
HAPROXY = {"RAY_SERVE_ENABLE_HA_PROXY": "1", "RAY_SERVE_HAPROXY_NBTHREAD": "1"}
THROUGHPUT_MODE = HAPROXY | {"RAY_SERVE_THROUGHPUT_OPTIMIZED": "1"}


def systems() -> dict[str, Command]:
    """How each system is started, by its name in the report."""
    python = (sys.executable, "-m")
    serve = (*python, "benchmarks.servers.noop_serve", str(PORT))
    address = ("--host", "127.0.0.1", "--port", str(PORT))
    commands = {
        "this project": serve,
        THROUGH_HAPROXY: serve,
        IN_THROUGHPUT_MODE: serve,
        "FastAPI": (
            *(*python, "uvicorn", "benchmarks.servers.noop_fastapi:api"),
            *("--no-access-log", *address),
        ),
        "LitServe": (*python, "benchmarks.servers.noop_litserve", str(PORT)),
        "BentoML": (*python, "bentoml", "serve", "benchmarks.servers.noop_bentoml:Noop", *address),
    }
    settings = {
        THROUGH_HAPROXY: HAPROXY,
        IN_THROUGHPUT_MODE: THROUGHPUT_MODE,
    }
    return {
        name: Command(arguments, URL, settings.get(name, {}), QUESTION)
        for name, arguments in commands.items()
    }


def pieces(quick: bool) -> list[Piece]:
    """Each system, in every round."""
    seconds, rounds = (0.5, 1) if quick else (1.5, ROUNDS)
    return in_rounds(
        Piece("noop", name, number, lambda name=name, it=it: measure(name, it, seconds))
        for name, it in systems().items()
        if name != THROUGH_HAPROXY or not quick
        for number in range(1, rounds + 1)
    )


def measure(name: str, command: Command, seconds: float) -> list[Row]:
    """Start a system and measure it."""
    with started(command, name=f"noop-{name}") as server:
        return in_loop(loads(server, seconds))


async def loads(server: Server, seconds: float) -> list[Row]:
    """Closed loops for throughput, then open ones: a rate for all, and half of what it can do."""
    async with fast_request(URL, QUESTION) as request:
        rows = [
            await closed_for(request, clients=clients, seconds=seconds, server=server)
            for clients in CLIENTS
        ]
        best_per_s = max(row["throughput_per_s"] for row in rows)
        for at, rate_per_s in (
            ("common rate", COMMON_RATE_PER_S),
            ("half its best", best_per_s / 2),
        ):
            row = await open_(request, rate_per_s=rate_per_s, duration_s=seconds, server=server)
            rows.append({"at": at, **row})
    return rows


def to_litserve(name: str, rows: Rows) -> Summary | None:
    """Answers a second to the most clients, in those of LitServe."""
    closed = rows.where(chapter="noop", measure="closed", clients=CLIENTS[-1])
    return closed.where(name=name).ratio(closed.where(name="LitServe"), "throughput_per_s")


CPU = (
    Column("server_cpu_ms", "server CPU, ms a request", better="lower", digits=2),
    Column("client_cpu_ms", "client CPU, ms a request", digits=2),
)
LATENCIES = (
    Column("p50_ms", "p50, ms", better="lower", digits=1),
    Column("p99_ms", "p99, ms", better="lower", digits=1),
)

CHAPTER = Chapter(
    name="noop",
    title="No model",
    text="""\
A POST of JSON, checked by the same pydantic model and answered without a model. This project serves
it by a FastAPI ingress deployment behind Serve's default proxy, as the lessons do; the same code
runs through HAProxy by a setting, and in Serve's throughput mode by another. FastAPI answers in the
process that reads the request; all others carry it to another process, or are ready to. The client
of this chapter is `benchmarks/client.py`, which costs less than half of what aiohttp does.""",
    tables=(
        Table(
            "32 clients in a closed loop",
            {"measure": "closed", "clients": 32},
            (Column("throughput_per_s", "answers/s", better="higher"), *LATENCIES, *CPU),
        ),
        Table(
            "One client",
            {"measure": "closed", "clients": 1},
            (Column("throughput_per_s", "answers/s", better="higher"), *LATENCIES),
        ),
        Table(
            f"Open loop, {COMMON_RATE_PER_S} requests/s",
            {"measure": "open", "at": "common rate"},
            LATENCIES,
        ),
        Table(
            "Open loop, half of what each can do",
            {"measure": "open", "at": "half its best"},
            (Column("rate_per_s", "requests/s"), *LATENCIES),
        ),
    ),
    targets=(
        Target("no model: HAProxy alone, × LitServe", 3, partial(to_litserve, THROUGH_HAPROXY)),
        Target(
            "no model: HAProxy and throughput mode, × LitServe",
            3,
            partial(to_litserve, IN_THROUGHPUT_MODE),
        ),
    ),
    plots=(
        Bars(
            "noop_throughput.png",
            "No model: answers a second to 32 clients",
            {"measure": "closed", "clients": 32},
            "throughput_per_s",
            "answers/s",
        ),
        Bars(
            "noop_cpu.png",
            "No model: what the server's processes spend on a request",
            {"measure": "closed", "clients": 32},
            "server_cpu_ms",
            "processor time, ms",
        ),
    ),
)
