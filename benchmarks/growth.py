"""How the cost grows: with clients and replicas, with the length of articles, and with the wiki."""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import aiohttp

from benchmarks import wikis
from benchmarks.load import closed, in_loop
from benchmarks.piece import Piece, Row
from benchmarks.plots import Lines
from benchmarks.questions import Question, asker
from benchmarks.report import Chapter
from benchmarks.rows import Rows, Summary
from benchmarks.server import ROOT, Command, Server, fair_environment, started
from benchmarks.tables import Column, Table, Target
from benchmarks.texts import SEED, search_terms
from benchmarks.whole_api import WIKIPEDIA, question, systems, wikipedia
from course_lib.support.load import Load
from course_lib.support.settings import settings
from course_lib.support.wiki.database import open_database
from course_lib.support.wiki.server import answer_request

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

SIZES = (106, 1_000, 10_000, 100_000)
QUICK_SIZES = (106, 1_000)
WIKIS = ROOT / ".cache/bench/wikis"
SEARCHES = 200
LOOKED_AT = 1_000  # articles whose words are counted for searches
# What is searched for, in per cent of all searches; words, by the share of articles they are in.
MIX = {"a title": 25, "rare": 10, "some": 20, "common": 10, "some some": 20, "some common": 15}
BANDS = {"rare": (0, 0.002), "some": (0.002, 0.03), "common": (0.05, 0.2)}


def pieces(quick: bool) -> list[Piece]:
    """One round: it is the shape that counts here."""
    clients, replicas, titles, sizes = CLIENTS, REPLICAS, BY_LENGTH, SIZES
    if quick:
        clients, replicas, titles, sizes = (8, 16), (1,), BY_LENGTH[:3], QUICK_SIZES
    seconds = SECONDS / 4 if quick else SECONDS
    return [
        *(
            Piece(
                "growth",
                f"{OURS}, {count} of each model",
                1,
                replicas_piece(count, clients, seconds),
            )
            for count in replicas
        ),
        Piece("growth", f"{OURS}, all of an article", 1, lambda: by_length(titles)),
        *(Piece("growth", f"search in {size:,}", 1, search_piece(size)) for size in sizes),
    ]


def api(*arguments: str, env: Mapping[str, str] | None = None) -> Command:
    """How this project is started, with more arguments and settings."""
    command = systems()[OURS]
    return Command(
        [*command.arguments, *arguments], command.url, {**command.env, **(env or {})}, command.json
    )


def replicas_piece(
    replicas: int, clients: Sequence[int], seconds: float
) -> Callable[[], list[Row]]:
    """More and more clients on so many replicas of each model."""

    def run() -> list[Row]:
        with wikipedia(), started(api(str(replicas)), name=f"growth-{replicas}") as server:
            return [
                {"replicas": replicas, **in_loop(polite_clients(count, seconds, server))}
                for count in clients
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
    load = Load(tuple(latencies_ms), tuple(latencies_ms), {}, took_s)
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


def by_length(titles: Sequence[str]) -> list[Row]:
    """Whole articles, the short ones several times."""
    rows = []
    with wikipedia(), started(api(env=READ_ALL), name="growth-length") as server:
        for title in titles:
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


def search_piece(size: int) -> Callable[[], list[Row]]:
    """Searches in a wiki of a size: in this process, and over HTTP."""

    def run() -> list[Row]:
        path = wiki(size)
        searches = searches_in(path)
        rows = [{"articles": size, "by": "in the process", **in_process(searches, path)}]
        with wikipedia({"WIKIPEDIA_DATABASE": str(path)}) as server:
            rows.append({"articles": size, "by": "HTTP", **in_loop(over_http(searches, server))})
        return rows

    return run


def wiki(size: int) -> Path:
    """The wiki of a size: the embedded one, or one that is generated where it is missing."""
    if size == SIZES[0]:
        return settings().wikipedia_database
    path = wikis.wiki_file(size, WIKIS)
    if not path.exists():
        command = (sys.executable, "-m", "benchmarks.wikis", str(size), str(path))
        subprocess.run(command, cwd=ROOT, env=fair_environment({}), check=True, timeout=300)
    return path


def searches_in(path: Path) -> list[str]:
    """The searches of MIX, in words and titles of the wiki itself."""
    with open_database(path) as database:
        texts = database.connection.execute(
            "SELECT title, intro || ' ' || rest FROM article ORDER BY page_id LIMIT ?",
            (LOOKED_AT,),
        ).fetchall()
    counts = Counter(word for _, text in texts for word in set(text.lower().split()))
    words = {
        name: sorted(
            word
            for word, count in counts.items()
            if low < count / len(texts) <= max(high, 1 / len(texts))
            and word.isalpha()
            and len(word) > 2
        )
        for name, (low, high) in BANDS.items()
    }
    draw = random.Random(SEED)
    titles = [title.rstrip("0123456789 ").lower() for title, _ in texts]
    found = []
    for kind, share in MIX.items():
        for _ in range(SEARCHES * share // 100):
            drawn = [draw.choice(words[band]) for band in kind.split() if band in words]
            found.append(" ".join(drawn) or draw.choice(titles))
    draw.shuffle(found)
    return found


def parameters(search: str) -> dict[str, str]:
    """What the `wikipedia` package asks of a wiki for a search."""
    wanted = {"action": "query", "format": "json", "list": "search", "srprop": ""}
    return {**wanted, "srlimit": "5", "limit": "5", "srsearch": search}


def in_process(searches: Sequence[str], path: Path) -> Row:
    """Searches one after the other with no HTTP."""
    answer_request(parameters(searches[0]), path)
    took_ms = []
    for search in searches:
        start = time.perf_counter()
        answer = answer_request(parameters(search), path)
        took_ms.append(1000 * (time.perf_counter() - start))
        if "query" not in json.loads(answer.body):
            raise ValueError(f"{search!r} was not answered: {answer.body[:200]!r}")
    load = Load(tuple(took_ms), tuple(took_ms), {}, sum(took_ms) / 1000)
    return {
        "measure": "search",
        "p50_ms": load.p50_ms,
        "p90_ms": load.p90_ms,
        "p99_ms": load.p99_ms,
    }


async def over_http(searches: Sequence[str], server: Server) -> Row:
    """The same searches by one client."""
    questions = [Question(WIKIPEDIA, params=parameters(search)) for search in searches]
    async with asker(questions) as request:
        row = await closed(request, clients=1, requests=len(questions), server=server)
    return {**row, "measure": "search"}


def search_in_the_largest(rows: Rows) -> Summary | None:
    """The median search over HTTP in the largest wiki, in milliseconds."""
    return rows.where(measure="search", by="HTTP", articles=SIZES[-1]).summary("p50_ms")


LATENCIES = (Column("p50_ms", "p50, ms"), Column("p99_ms", "p99, ms"))

CHAPTER = Chapter(
    name="growth",
    title="How the cost grows",
    text=f"""\
This project alone, through Serve's own proxy. **Clients**: a client that is refused, since eight
articles are in progress, waits {RETRY_AFTER_S:g} s as Retry-After says and goes on to the next
article; the latencies are of answers. **Articles**: the limit on what is read of an article is
raised, so that summary and entities read all of it; one client. **Search**: {SEARCHES} searches of
titles and of rarer and commoner words, one and two at a time, in the embedded Wikipedia and in
generated wikis of short articles.""",
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
        Table(
            "Larger wikis",
            {"measure": "search"},
            (Column("p50_ms", "p50, ms", digits=2), Column("p99_ms", "p99, ms", digits=2)),
            by={"by": "asked"},
        ),
    ),
    targets=(
        Target(
            f"search in {SIZES[-1]:,} articles: p50",
            20,
            search_in_the_largest,
            at_least=False,
            unit="ms",
        ),
    ),
    plots=(
        Lines(
            "growth_clients.png",
            "Two cores are busy with four clients",
            {"measure": "polite"},
            "clients",
            "throughput_per_s",
            ("clients", "articles/s"),
            log="x",
        ),
        Lines(
            "growth_clients_latency.png",
            "The limit on articles in progress bounds the wait",
            {"measure": "polite"},
            "clients",
            "p50_ms",
            ("clients", "p50, ms"),
            log="x",
        ),
        Lines(
            "growth_articles.png",
            "An article costs what its length costs",
            {"chapter": "growth", "measure": "closed"},
            "kilobytes",
            "p50_ms",
            ("thousands of characters", "p50, ms"),
            log="xy",
        ),
        Lines(
            "growth_search.png",
            "Search, by the size of the wiki",
            {"measure": "search"},
            "articles",
            "p50_ms",
            ("articles", "p50, ms"),
            log="xy",
            series=lambda row: row["by"],
        ),
    ),
)
