"""The physical limit of the Wikipedia NLP API: its work done offline on all cores, with no serving.

Three ways are measured in the rounds of `whole_api`, between the systems: the bare work of one
article after the other, the same with summary and entities in parallel, and the limit. Here the
limit's own settings are compared: it should be as high as this machine allows.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.piece import Piece, Row
from benchmarks.report import Chapter
from benchmarks.server import ROOT, fair_environment
from benchmarks.setting import code_digest
from benchmarks.tables import Column, Table
from benchmarks.texts import search_terms
from course_lib.support.load import Load

BARE, PARALLEL, LIMIT = "bare work", "bare work, two processes", "physical limit"
HOW = {BARE: ("bare",), PARALLEL: ("parallel",), LIMIT: ("limit",)}
TIME_LIMIT_S = 180


class Done(NamedTuple):
    """What the bare work found, by search term, and the time it took in all."""

    answers: dict[str, Any]
    seconds: float


def pieces(quick: bool) -> list[Piece]:
    """Ways to use two cores."""
    from benchmarks.whole_api import SETTINGS, wikipedia  # which has the limit in its own rounds

    ways = {
        "2 processes": (),
        "1 process with 2 threads": ("--workers", "1", "--threads", "2"),
    }

    def piece(name: str, options: Sequence[str]) -> Piece:
        def run() -> list[Row]:
            with wikipedia():
                return at_once(run_offline(("limit", *options), SETTINGS, None))

        return Piece("limit", name, 1, run)

    return [] if quick else [piece(name, options) for name, options in ways.items()]


def measure(name: str, env: Mapping[str, str], articles: int | None) -> list[Row]:
    """Do the work in one of the three ways of HOW."""
    done = run_offline(HOW[name], env, articles)
    if name == LIMIT:
        return at_once(done)
    if name == BARE:
        keep(done, articles)
    return one_by_one(done)


def run_offline(how: Sequence[str], env: Mapping[str, str], articles: int | None) -> dict[str, Any]:
    """Run `benchmarks.offline` in a process of its own; what it printed."""
    some = ("--articles", str(articles)) if articles else ()
    done = subprocess.run(
        (sys.executable, "-m", "benchmarks.offline", *how, *some),
        cwd=ROOT,
        env=fair_environment(env),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(how)} failed: {done.stderr[-1000:]}")
    return json.loads(done.stdout)


def at_once(done: Mapping[str, Any]) -> list[Row]:
    """The row of all articles at once. It stands beside the systems with eight clients."""
    count = len(done["answers"])
    rate = {"requests": count, "throughput_per_s": count / done["seconds"]}
    return [{"measure": "closed", "clients": 8, **rate}]


def one_by_one(done: Mapping[str, Any]) -> list[Row]:
    """The row of one article after the other, with the mean of each stage in milliseconds."""
    stages = done["stages_ms"]
    took_ms = tuple(each["all"] for each in stages)
    load = Load(took_ms, {}, done["seconds"])
    means = {
        f"{stage} ms": sum(values) / len(values)
        for stage in ("fetch", "sentiment", "summary and entities")
        if (values := [each[stage] for each in stages if stage in each])
    }
    latencies = {"p50_ms": load.p50_ms, "p99_ms": load.p99_ms}
    rate = {"requests": len(took_ms), "throughput_per_s": load.goodput_per_s()}
    return [{"measure": "closed", "clients": 1, **latencies, **rate, **means}]


def bare_work(env: Mapping[str, str], articles: int | None) -> Done:
    """What the bare work found with the code as it is: kept from before, or done now."""
    path = kept(articles)
    if not path.exists():
        keep(run_offline(HOW[BARE], env, articles), articles)
    return Done(**json.loads(path.read_text()))


def keep(done: Mapping[str, Any], articles: int | None) -> None:
    """Keep the answers: they are the right ones."""
    answers = dict(zip(search_terms(articles), done["answers"], strict=True))
    kept(articles).parent.mkdir(parents=True, exist_ok=True)
    kept(articles).write_text(json.dumps({"answers": answers, "seconds": done["seconds"]}))


def kept(articles: int | None) -> Path:
    """The file of the answers."""
    return ROOT / f".cache/bench/bare-work-{articles or 'all'}-{code_digest()}.json"


CHAPTER = Chapter(
    name="limit",
    title="How the physical limit was chosen",
    text="""\
The same articles at once, in both ways to use two cores. The limit of the part above has two
processes. Here each way is measured once, so a tenth more or less means nothing.""",
    tables=(
        Table(
            "All articles at once",
            {"chapter": "limit"},
            (Column("throughput_per_s", "articles/s", digits=2),),
        ),
    ),
)
