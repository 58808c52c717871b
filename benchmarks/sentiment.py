"""One model, one text a request, at 1, 8 and 32 clients: unbatched and batched in each system."""

import sys
from collections.abc import Sequence
from functools import partial

from benchmarks.load import closed_for, in_loop, open_
from benchmarks.noop import THROUGHPUT_MODE
from benchmarks.piece import Piece, Row, in_rounds
from benchmarks.plots import Bars, Lines
from benchmarks.questions import Question, asker
from benchmarks.report import Chapter
from benchmarks.rows import Rows, Summary
from benchmarks.server import Command, Server, started
from benchmarks.tables import Column, Table, Target
from benchmarks.texts import sentences

PORT = 8120
URL = f"http://127.0.0.1:{PORT}/sentiment"
CLIENTS = (1, 8, 32)
RATE_PER_S = 25.0  # of the open loop: every system bears it
TEXTS = 500
ROUNDS = 2
TUTORIAL = "a tutorial's FastAPI"
OURS, OURS_BATCHED = "this project", "this project, batched"
TUNED = "this project, HAProxy, throughput mode"
TUNED_BATCHED = "this project, batched, HAProxy, throughput mode"
EXAMPLE = "What a wonderful day."


def form(name: str, text: str) -> Question:
    """A text in the form that a system takes."""
    if name == "BentoML, batched":
        return Question(URL, json={"texts": [text]})
    if name.startswith(("BentoML", "LitServe")):
        return Question(URL, json={"text": text})
    return Question(URL, params={"text": text})


def systems() -> dict[str, Command]:
    """How each system is started, by its name in the report."""
    python = (sys.executable, "-m")
    address = ("--host", "127.0.0.1", "--port", str(PORT))
    serve = (*python, "benchmarks.servers.sentiment_serve", str(PORT))
    litserve = (*python, "benchmarks.servers.sentiment_litserve", str(PORT))
    bentoml = (*python, "bentoml", "serve", "benchmarks.servers.sentiment_bentoml:{}", *address)
    commands = {
        OURS: serve,
        OURS_BATCHED: (*serve, "batched"),
        TUNED: serve,
        TUNED_BATCHED: (*serve, "batched"),
        "FastAPI": (
            *(*python, "uvicorn", "benchmarks.servers.sentiment_fastapi:api"),
            *("--no-access-log", *address),
        ),
        TUTORIAL: (
            *(*python, "uvicorn", "benchmarks.servers.sentiment_tutorial:api"),
            *("--no-access-log", *address),
        ),
        "LitServe": litserve,
        "LitServe, batched": (*litserve, "batched"),
        "BentoML": [word.format("Judge") for word in bentoml],
        "BentoML, batched": [word.format("BatchedJudge") for word in bentoml],
    }
    return {name: command(name, arguments) for name, arguments in commands.items()}


def command(name: str, arguments: tuple[str, ...] | list[str]) -> Command:
    """How a system is started, and a first question."""
    question = form(name, EXAMPLE)
    url = URL if question.params is None else f"{URL}?text=fine"
    settings = THROUGHPUT_MODE if name in (TUNED, TUNED_BATCHED) else {}
    return Command(arguments, url, settings, question.json)


def pieces(quick: bool) -> list[Piece]:
    """Each system, in every round."""
    seconds, rounds = (0.5, 1) if quick else (2.0, ROUNDS)

    def piece(name: str, command: Command, number: int) -> Piece:
        counts = CLIENTS if number == 1 else CLIENTS[-1:]
        return Piece("sentiment", name, number, lambda: measure(name, command, counts, seconds))

    return in_rounds(
        piece(name, command, number)
        for name, command in systems().items()
        for number in range(1, rounds + 1)
        if not quick or name != TUNED_BATCHED
    )


def measure(name: str, command: Command, counts: Sequence[int], seconds: float) -> list[Row]:
    """Start a system and measure it, in closed loops of so many clients."""
    questions = [form(name, text) for text in sentences(TEXTS)]
    with started(command, name=f"sentiment-{name}") as server:
        return in_loop(loads(questions, server, counts, seconds))


async def loads(
    questions: list[Question], server: Server, counts: Sequence[int], seconds: float
) -> list[Row]:
    """Closed loops for throughput, then an open one for latency."""
    async with asker(questions) as request:
        rows = [
            await closed_for(request, clients=clients, seconds=seconds, server=server)
            for clients in counts
        ]
        if len(counts) > 1:
            duration_s = 1.5 * seconds
            load = open_(request, rate_per_s=RATE_PER_S, duration_s=duration_s, server=server)
            rows.append(await load)
    return rows


def busiest(rows: Rows) -> Rows:
    """The rows of most clients."""
    return rows.where(chapter="sentiment", clients=CLIENTS[-1])


def to_unbatched(batched: str, unbatched: str, rows: Rows) -> Summary | None:
    """Answers a second with batches, in those without."""
    rows = busiest(rows)
    return rows.where(name=batched).ratio(rows.where(name=unbatched), "throughput_per_s")


def to_best_peer(name: str, rows: Rows) -> Summary | None:
    """Answers a second, in those of the best peer."""
    return busiest(rows).to_best_peer(name, "throughput_per_s")


LATENCIES = (
    Column("p50_ms", "p50, ms", better="lower", digits=1),
    Column("p99_ms", "p99, ms", better="lower", digits=1),
)
COLUMNS = (
    Column("throughput_per_s", "answers/s", better="higher", digits=1),
    *LATENCIES,
    Column("server_cpu_ms", "server CPU, ms a request", better="lower", digits=1),
    Column("client_cpu_ms", "client CPU, ms a request", digits=2),
)

CHAPTER = Chapter(
    name="sentiment",
    title="One model, one text a request",
    text="""\
The sentiment model of the lessons judges sentences of real articles, 500 of all lengths in a fixed
order. Every system has one model worker with one thread: of two cores one is the model's, the
other is there for the client, the server's own work and the proxy. A batch holds at most 32 texts
in every system that makes batches. A tutorial's FastAPI is a pipeline of transformers in an
`async def`, with PyTorch's own threads. LitServe and BentoML take POST alone, so their text is in a
JSON body; this project's and FastAPI's is in the address.

One thing is not fair here: this project's rows with batches are lesson 05's deployment, which
computes with PyTorch, and the tutorial is PyTorch, too; all others have ONNX Runtime. So the ratios
of those rows say more about the engine than about batches.""",
    tables=(
        *(
            Table(
                f"{clients} clients in a closed loop" if clients > 1 else "One client",
                {"measure": "closed", "clients": clients},
                COLUMNS,
            )
            for clients in reversed(CLIENTS)
        ),
        Table(f"Open loop, {RATE_PER_S:g} requests/s", {"measure": "open"}, LATENCIES),
    ),
    targets=(
        Target(
            "sentiment, 32 clients: batched, × unbatched",
            2,
            partial(to_unbatched, OURS_BATCHED, OURS),
        ),
        Target(
            "sentiment, 32 clients: batched, × unbatched, both with HAProxy and throughput mode",
            2,
            partial(to_unbatched, TUNED_BATCHED, TUNED),
        ),
        Target(
            "sentiment, 32 clients: batched, × best peer", 1, partial(to_best_peer, OURS_BATCHED)
        ),
        Target(
            "sentiment, 32 clients: batched, HAProxy and throughput mode, × best peer",
            1,
            partial(to_best_peer, TUNED_BATCHED),
        ),
    ),
    plots=(
        Bars(
            "sentiment_throughput.png",
            "One text a request: answers a second to 32 clients",
            {"measure": "closed", "clients": 32},
            "throughput_per_s",
            "answers/s",
        ),
        Lines(
            "sentiment_clients.png",
            "One text a request: answers a second, by the number of clients",
            {"measure": "closed"},
            "clients",
            "throughput_per_s",
            ("clients", "answers/s"),
            log="x",
        ),
    ),
)
