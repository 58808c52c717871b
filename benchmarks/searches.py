"""Searches in wikis of several sizes: in this process, and over HTTP."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks import wikis
from benchmarks.load import closed, in_loop
from benchmarks.piece import Row
from benchmarks.questions import Question, asker
from benchmarks.server import ROOT, Server, fair_environment
from benchmarks.texts import SEED
from benchmarks.whole_api import WIKIPEDIA, wikipedia
from course_lib.support.load import Load
from course_lib.support.settings import settings
from course_lib.support.wiki.database import open_database
from course_lib.support.wiki.server import answer_request

SIZES = (106, 1_000, 10_000, 100_000)
QUICK_SIZES = (106, 1_000)
WIKIS = ROOT / ".cache/bench/wikis"
SEARCHES = 200
LOOKED_AT = 1_000  # articles whose words are counted for searches
# What is searched for, in per cent of all searches; words, by the share of articles they are in.
MIX = {"a title": 25, "rare": 10, "some": 20, "common": 10, "some some": 20, "some common": 15}
BANDS = {"rare": (0, 0.002), "some": (0.002, 0.03), "common": (0.05, 0.2)}


def measure_search(size: int) -> list[Row]:
    """Search a wiki of a size."""
    path = wiki(size)
    searches = searches_in(path)
    rows = [{"articles": size, "by": "in the process", **in_process(searches, path)}]
    with wikipedia({"WIKIPEDIA_DATABASE": str(path)}) as server:
        rows.append({"articles": size, "by": "HTTP", **in_loop(over_http(searches, server))})
    return rows


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
            "SELECT title, intro || ' ' || rest FROM page JOIN article USING (page_id) LIMIT ?",
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
    """Searches one after the other with no HTTP, after a first time that reads the file."""
    for search in searches:
        answer_request(parameters(search), path)
    took_ms = []
    for search in searches:
        start = time.perf_counter()
        answer = answer_request(parameters(search), path)
        took_ms.append(1000 * (time.perf_counter() - start))
        if "query" not in json.loads(answer.body):
            raise ValueError(f"{search!r} was not answered: {answer.body[:200]!r}")
    load = Load(tuple(took_ms), {}, sum(took_ms) / 1000)
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
