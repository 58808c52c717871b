"""How the cost grows: with clients and replicas, and with the length of articles."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping

import aiohttp

from benchmarks.load import closed, in_loop
from benchmarks.piece import Piece, Row
from benchmarks.plots import Lines
from benchmarks.questions import asker
from benchmarks.report import Chapter
from benchmarks.server import Command, Server, started
from benchmarks.tables import Column, Table
from benchmarks.texts import SEED, search_terms
from benchmarks.whole_api import question, systems, wikipedia
from course_lib.support.load import Load
from course_lib.support.settings import settings
from course_lib.support.wiki.database import open_database

OURS = "this project"
CLIENTS = (1, 4, 8, 16, 64)
REPLICAS = (1, 2)
SECONDS = 8.0
RETRY_AFTER_S = 2.0  # what the API asks of a client that it refuses

# Titles of articles of about 1, 2.5, 5, 10, 20, 40 and 96 kB of text.
BY_LENGTH = (
    *("Academy Award for Best Production Design", "Adventure", "Astronomer"),
    *("Agricultural science", "Astronaut", "Apollo 11", "Abraham Lincoln"),
)
READ_ALL = {"MAX_ARTICLE_CHARS": "200000"}


def pieces(quick: bool) -> list[Piece]:
    """One round: it is the shape that counts here."""
    if quick:
        return []
    return [
        *(
            Piece("growth", f"{OURS}, {count} of each model", 1, replicas_piece(count))
            for count in REPLICAS
        ),
        Piece("growth", f"{OURS}, all of an article", 1, by_length),
    ]


def api(*arguments: str, env: Mapping[str, str] | None = None) -> Command:
    """How this project is started, with more arguments and settings."""
    command = systems()[OURS]
    return Command(
        [*command.arguments, *arguments], command.url, {**command.env, **(env or {})}, command.json
    )


def replicas_piece(replicas: int) -> Callable[[], list[Row]]:
    """More and more clients on so many replicas of each model."""

    def run() -> list[Row]:
        with wikipedia(), started(api(str(replicas)), name=f"growth-{replicas}") as server:
            return [
                {"replicas": replicas, **in_loop(polite_clients(count, SECONDS, server))}
                for count in CLIENTS
            ]

    return run


async def polite_clients(clients: int, seconds: float, server: Server) -> Row:
    """Clients that ask again at once after an answer, and after a while where they are refused.

    A closed loop that hammers on after a refusal would measure refusals. Here a client waits as
    long as Retry-After says. What began in `seconds` is waited for, and counted.
    """
    terms = search_terms()
    random.Random(SEED).shuffle(terms)
    following = iter(terms * 1_000)
    latencies_ms: list[float] = []
    errors: Counter[str] = Counter()
    cpu_s, client_s, start = server.cpu_s(), time.process_time(), time.perf_counter()

    async def client(session: aiohttp.ClientSession) -> None:
        while time.perf_counter() < start + seconds:
            it = question(OURS, next(following))
            asked = time.perf_counter()
            async with session.get(it.url, params=it.params) as answer:
                await answer.read()
            if answer.status == it.status:
                latencies_ms.append(1000 * (time.perf_counter() - asked))
            else:
                errors[f"HTTP {answer.status}"] += 1
                await asyncio.sleep(RETRY_AFTER_S)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(client(session) for _ in range(clients)))
    took_s = time.perf_counter() - start
    load = Load(tuple(latencies_ms), {}, took_s)
    requests = len(latencies_ms) + errors.total()
    return {
        "measure": "polite",
        "clients": clients,
        "requests": requests,
        "p50_ms": load.p50_ms,
        "p99_ms": load.p99_ms,
        "throughput_per_s": load.goodput_per_s(),
        "refused_percent": 100 * errors.pop("HTTP 503", 0) / requests,
        "errors": dict(errors),
        "client_cpu_ms": 1000 * (time.process_time() - client_s) / requests,
        "server_cores": (server.cpu_s() - cpu_s) / took_s,
    }


def by_length() -> list[Row]:
    """Whole articles, the short ones several times."""
    rows = []
    with wikipedia(), started(api(env=READ_ALL), name="growth-length") as server:
        for title in BY_LENGTH:
            kilobytes = article_kb(title)
            requests = max(1, min(5, round(10 / kilobytes)))
            rows.append(in_loop(ask_one(title, requests, server)) | {"kilobytes": kilobytes})
    return rows


async def ask_one(title: str, requests: int, server: Server) -> Row:
    """One client, and one article."""
    async with asker([question(OURS, title)]) as request:
        return {**await closed(request, clients=1, requests=requests, server=server)}


def article_kb(title: str) -> float:
    """The length of an article's text in thousands of characters."""
    with open_database(settings().wikipedia_database) as database:
        page = database.page_by_title(title)
        return round(sum(map(len, database.extract(page.page_id))) / 1000, 1)


LATENCIES = (Column("p50_ms", "p50, ms"), Column("p99_ms", "p99, ms"))

CHAPTER = Chapter(
    name="growth",
    title="How the cost grows",
    text=f"""\
This project alone, through Serve's own proxy. **Clients**: a client that is refused, since eight
articles are in progress, waits {RETRY_AFTER_S:g} s as Retry-After says and goes on to the next
article; the latencies are of answers. **Articles**: the limit on what is read of an article is
raised, so that summary and entities read all of it; one client.""",
    tables=(
        Table(
            "More clients",
            {"measure": "polite"},
            (
                Column("throughput_per_s", "articles/s", digits=2),
                *LATENCIES,
                Column("refused_percent", "refused, %", digits=1),
                Column("server_cores", "server's cores", digits=2),
            ),
            by={"clients": "clients"},
        ),
        Table(
            "Longer articles, read to the end, one client",
            {"chapter": "growth", "measure": "closed"},
            (Column("p50_ms", "p50, ms"), Column("server_cpu_ms", "server CPU, ms an article")),
            by={"kilobytes": "thousands of characters"},
        ),
    ),
    plots=(
        Lines(
            "growth_clients.png",
            "Articles a second, by the number of clients",
            {"measure": "polite"},
            "clients",
            "throughput_per_s",
            ("clients", "articles/s"),
            log="x",
        ),
        Lines(
            "growth_clients_latency.png",
            "The median answer, by the number of clients",
            {"measure": "polite"},
            "clients",
            "p50_ms",
            ("clients", "p50, ms"),
            log="x",
        ),
        Lines(
            "growth_articles.png",
            "The median answer, by the length of the article",
            {"chapter": "growth", "measure": "closed"},
            "kilobytes",
            "p50_ms",
            ("thousands of characters", "p50, ms"),
            log="xy",
        ),
    ),
)
