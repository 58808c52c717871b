"""The bare work of the Wikipedia NLP API, with no serving: what is a right answer, and how long.

It stands in the rounds of `whole_api` beside the systems, once in one process and once with summary
and entities in parallel in two.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.piece import Row
from benchmarks.server import ROOT, fair_environment
from benchmarks.setting import code_digest
from benchmarks.texts import search_terms
from course_lib.support.load import Load

BARE, PARALLEL = "bare work", "bare work, two processes"
HOW = {BARE: "bare", PARALLEL: "parallel"}
TIME_LIMIT_S = 180


class Done(NamedTuple):
    """What the bare work found, by search term, and the time it took in all."""

    answers: dict[str, Any]
    seconds: float


def measure(name: str, env: Mapping[str, str], articles: int | None) -> list[Row]:
    """Do the work, article after article."""
    done = run_offline(HOW[name], env, articles)
    if name == BARE:
        keep(done, articles)
    load = Load(tuple(done["took_ms"]), {}, done["seconds"])
    latencies = {"p50_ms": load.p50_ms, "p99_ms": load.p99_ms}
    rate = {"requests": len(done["took_ms"]), "throughput_per_s": load.goodput_per_s()}
    return [{"measure": "closed", "clients": 1, **latencies, **rate}]


def run_offline(how: str, env: Mapping[str, str], articles: int | None) -> dict[str, Any]:
    """Run `benchmarks.offline` in a process of its own; what it printed."""
    done = subprocess.run(
        (sys.executable, "-m", "benchmarks.offline", how, str(articles or "")),
        cwd=ROOT,
        env=fair_environment(env),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    if done.returncode:
        raise RuntimeError(f"{how} failed: {done.stderr[-1000:]}")
    return json.loads(done.stdout)


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
