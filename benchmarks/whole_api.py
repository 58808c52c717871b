"""The whole Wikipedia NLP API, from a search to its answer, in each system; no answer is cached.

The embedded Wikipedia is one process of its own for all. The answers of each closed loop are
compared with those of the bare work: of a system that answers something else nothing is kept.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlencode

from benchmarks import bare
from benchmarks.answers import check
from benchmarks.load import closed, in_loop, open_
from benchmarks.noop import THROUGHPUT_MODE
from benchmarks.piece import Piece, Row, in_rounds
from benchmarks.plots import Bars
from benchmarks.questions import Question, asker
from benchmarks.report import Chapter
from benchmarks.rows import Rows, Summary
from benchmarks.server import Command, Server, started
from benchmarks.tables import Column, Table, Target
from benchmarks.texts import ARTICLES, NEGATIVE

PORT = 8130
URL = f"http://127.0.0.1:{PORT}/summarize"
WIKIPEDIA_PORT = 8131
WIKIPEDIA = f"http://127.0.0.1:{WIKIPEDIA_PORT}/w/api.php"
SETTINGS = {"WIKIPEDIA_API_URL": WIKIPEDIA}

CLIENTS = 8  # as many articles as this project lets be in progress at once
OPEN_S = 12.0
ROUNDS = 4
DEADLINE_S = 240.0  # of a closed loop: the slowest system answers less than one article a second
QUICK_ARTICLES = 4
OURS, TUNED = "this project", "this project, HAProxy, throughput mode"
EIGHT_BITS = "this project, 8 bits"  # whose answers are its own
EXTRA = {TUNED: THROUGHPUT_MODE, EIGHT_BITS: {"MODEL_PRECISION": "int8"}}
LITSERVE = "LitServe", "LitServe, batched"
TUTORIAL, BOOK = "a tutorial's FastAPI", "Learning Ray's graph"


def systems() -> dict[str, Command]:
    """How each system is started, by its name in the report. All need `wikipedia()`."""
    python = (sys.executable, "-m")
    address = ("--host", "127.0.0.1", "--port", str(PORT))
    serve = (*python, "benchmarks.servers.api_serve", str(PORT))
    litserve = (*python, "benchmarks.servers.api_litserve", str(PORT))
    commands = {
        OURS: serve,
        TUNED: serve,
        EIGHT_BITS: serve,
        "FastAPI": (
            *(*python, "uvicorn", "benchmarks.servers.api_fastapi:api"),
            *("--no-access-log", *address),
        ),
        TUTORIAL: (
            *(*python, "uvicorn", "benchmarks.servers.api_tutorial:api"),
            *("--no-access-log", *address),
        ),
        BOOK: (*python, "benchmarks.servers.api_learning_ray", str(PORT)),
        "LitServe": litserve,
        "LitServe, batched": (*litserve, "batched"),
        "BentoML": (
            *(*python, "bentoml", "serve", "benchmarks.servers.api_bentoml:WikipediaNLP"),
            *address,
        ),
    }
    first = {name: question(name, ARTICLES[0]) for name in commands}
    return {
        name: Command(
            arguments,
            f"{URL}?{urlencode(first[name].params)}" if first[name].params else URL,
            SETTINGS | EXTRA.get(name, {}),
            first[name].json,
        )
        for name, arguments in commands.items()
    }


def question(name: str, term: str) -> Question:
    """A search in the form that a system takes, and the status that answers it."""
    values = {"search_term": term}
    status = 422 if term in NEGATIVE else 200
    if name in (*LITSERVE, "BentoML"):
        return Question(URL, term, json=values, status=status)
    return Question(URL, term, params=values, status=status)


@contextmanager
def wikipedia() -> Iterator[Server]:
    """The embedded Wikipedia for whatever runs meanwhile."""
    command = Command(
        (
            *(sys.executable, "-m", "uvicorn", "benchmarks.servers.wikipedia:api"),
            *("--no-access-log", "--host", "127.0.0.1", "--port", str(WIKIPEDIA_PORT)),
        ),
        f"{WIKIPEDIA}?action=query&meta=siteinfo&format=json",
    )
    with started(command, name="wikipedia") as server:
        yield server


def pieces(quick: bool) -> list[Piece]:
    """The bare work first: it says what is a right answer. Then the systems."""
    articles = QUICK_ARTICLES if quick else None
    rounds = 1 if quick else ROUNDS
    aside = (TUNED, EIGHT_BITS, "LitServe, batched") if quick else ()
    far = TUNED, EIGHT_BITS, TUTORIAL, BOOK
    found = [
        Piece("whole_api", name, 1, bare_piece(name, articles))
        for name in (bare.BARE, bare.PARALLEL)
    ]
    for number in range(1, rounds + 1):
        for name, command in systems().items():
            if name not in aside and (name not in far or number == 1):
                run = system_piece(name, command, articles, number)
                found.append(Piece("whole_api", name, number, run))
    return in_rounds(found)


def bare_piece(name: str, articles: int | None) -> Any:
    """Measure the work without serving."""

    def run() -> list[Row]:
        with wikipedia():
            return bare.measure(name, SETTINGS, articles)

    return run


def system_piece(name: str, command: Command, articles: int | None, number: int) -> Any:
    """Measure a system."""
    counts = (1, CLIENTS) if number == 1 else (CLIENTS,)
    open_s = OPEN_S if number == 1 and not articles else 0

    def run() -> list[Row]:
        with wikipedia():
            right = bare.bare_work(SETTINGS, articles)
            with started(command, name=f"whole-api-{name}") as server:
                return in_loop(loads(name, server, right, counts, open_s))

    return run


async def loads(
    name: str, server: Server, right: bare.Done, counts: Sequence[int], open_s: float
) -> list[Row]:
    """Closed loops of so many clients for throughput, then an open one of so long for latency."""
    questions = [question(name, term) for term in right.answers]
    count = len(questions)
    rows = []
    async with asker(questions) as warm_up:
        await asyncio.gather(*(warm_up() for _ in range(4)))
    for clients in counts:
        # For many clients more, or the end, when some have left, weighs too much.
        requests = count if clients == 1 else 2 * max(count, CLIENTS)
        answers: dict[str, bytes] = {}
        async with asker(questions, answers) as request:
            load = closed(
                request, clients=clients, requests=requests, server=server, deadline_s=DEADLINE_S
            )
            rows.append(await load)
        if name != EIGHT_BITS:
            check({term: json.loads(body) for term, body in answers.items()}, right.answers)
    if open_s:
        async with asker(questions) as request:
            rate_per_s = count / right.seconds
            load = open_(request, rate_per_s=rate_per_s, duration_s=open_s, server=server)
            rows.append(await load)
    return rows


def crowd(rows: Rows) -> Rows:
    """The rows of the closed loop that says what a system can do."""
    return rows.where(chapter="whole_api", measure="closed", clients=CLIENTS)


def to_best_peer(name: str, rows: Rows) -> Summary | None:
    """Articles a second, in those of the best peer."""
    return crowd(rows).to_best_peer(name, "throughput_per_s", no_peers=NO_PEERS)


def to_tutorial(name: str, rows: Rows) -> Summary | None:
    """Articles a second, in those of what a tutorial would give."""
    rows = crowd(rows)
    return rows.where(name=name).ratio(rows.where(name=TUTORIAL), "throughput_per_s")


def to_bare_work(rows: Rows) -> Summary | None:
    """The median article of one client, in that of the bare work on both cores."""
    rows = rows.where(chapter="whole_api", measure="closed", clients=1)
    return rows.where(name=OURS).ratio(rows.where(name=bare.PARALLEL), "p50_ms")


def alone_to_best_peer(rows: Rows) -> Summary | None:
    """The median article of one client, in that of the best peer."""
    rows = rows.where(chapter="whole_api", measure="closed", clients=1)
    return rows.to_best_peer(OURS, "p50_ms", no_peers=NO_PEERS, higher=False)


NO_PEERS = frozenset({EIGHT_BITS, bare.BARE, bare.PARALLEL})
LATENCIES = (
    Column("p50_ms", "p50, ms", better="lower"),
    Column("p99_ms", "p99, ms", better="lower"),
)
CPU = (
    Column("server_cpu_ms", "server CPU, ms an article", better="lower"),
    Column("server_cores", "server's cores", digits=2),
    Column("client_cpu_ms", "client CPU, ms an article", digits=1),
)

CHAPTER = Chapter(
    name="whole_api",
    title="The whole Wikipedia NLP API",
    text=f"""\
From a search to its answer: {len(ARTICLES)} articles and {len(NEGATIVE)} negative ones, which are
refused with status 422 after their sentiment is known. Nothing is cached. The embedded Wikipedia is
one process for all systems, and its processor time is in no table. Every system's answers were
compared with those of the bare work: they are equal but for the last digit of a score. Eight bits
(`MODEL_PRECISION=int8`) have answers of their own, which were not compared; the peers, which would
gain from eight bits just as much, were not measured with them.

What people find first is there, too: a tutorial's FastAPI around `transformers.pipeline`, one
request after the other, with PyTorch's own threads; and the graph of the book Learning Ray, with
its options. Both have the same weights and gave the same answers, but they compute with PyTorch,
sentence by sentence, where all others have ONNX Runtime: most of what they lack is that, and not
the serving. They were measured in one round, and so were eight bits.

The bare work is the same functions with no serving, article after article: in one process, and with
summary and entities at the same time in two.""",
    tables=(
        Table(
            f"{CLIENTS} clients in a closed loop",
            {"measure": "closed", "clients": CLIENTS},
            (
                Column("throughput_per_s", "articles/s", better="higher", digits=2),
                *LATENCIES,
                *CPU,
            ),
            no_peers=NO_PEERS,
        ),
        Table(
            "One client",
            {"measure": "closed", "clients": 1},
            (*LATENCIES, Column("throughput_per_s", "articles/s", better="higher", digits=2)),
            no_peers=NO_PEERS,
        ),
        Table(
            "Open loop, as many articles a second as the bare work does on one core",
            {"measure": "open"},
            (Column("rate_per_s", "articles/s", digits=2), *LATENCIES),
            no_peers=NO_PEERS,
        ),
    ),
    targets=(
        Target("whole API: articles a second, × a tutorial's", 3, partial(to_tutorial, OURS)),
        Target(
            "whole API: articles a second in 8 bits, × a tutorial's",
            6,
            partial(to_tutorial, EIGHT_BITS),
        ),
        Target("whole API: articles a second, × best peer", 1, partial(to_best_peer, OURS)),
        Target(
            "whole API: articles a second, HAProxy and throughput mode, × best peer",
            1,
            partial(to_best_peer, TUNED),
        ),
        Target("whole API: p50 of one client, × best peer", 1, alone_to_best_peer, at_least=False),
        Target(
            "whole API: p50 of one client, × bare work on both cores",
            1.3,
            to_bare_work,
            at_least=False,
        ),
    ),
    plots=(
        Bars(
            "whole_api_throughput.png",
            f"The whole API: articles a second to {CLIENTS} clients",
            {"measure": "closed", "clients": CLIENTS},
            "throughput_per_s",
            "articles/s",
        ),
        Bars(
            "whole_api_latency.png",
            "The whole API: the median article of one client",
            {"measure": "closed", "clients": 1},
            "p50_ms",
            "p50, ms",
        ),
    ),
)
