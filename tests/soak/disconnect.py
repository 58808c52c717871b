"""Clients that leave before they are answered."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import requests

from course_lib.support.load.crowd import Outcome, outcome_of
from course_lib.wikipedia_nlp_api import MAX_ARTICLES_AT_ONCE
from tests.soak.processes import processor_s
from tests.soak.report import Result, progress
from tests.soak.service import is_right, replicas

# Of what the work for those who left would have cost. A model finishes the pass that it is in.
MOST_WORK = 0.3
MOST_LATENCY = 3.0  # of what it is on an idle service: the passes that are under way end first
LEAVE_AFTER_S = 0.3
SETTLE_S = 3.0


def disconnect(url: str) -> list[Result]:
    """Fill the service with clients that leave; see what it still computes, and who waits."""
    models = [name for name in replicas() if name.startswith("nlp#")]

    def work_s() -> float:
        return sum(processor_s(model) for model in models)

    def ask(timeout_s: float = 30) -> Outcome:
        params = {"search_term": "physicist"}
        return outcome_of(
            lambda: requests.get(f"{url}/summarize", params=params, timeout=timeout_s)
        )

    ask()
    before_s = work_s()
    alone = [ask() for _ in range(4)]
    one_article_s = (work_s() - before_s) / len(alone)
    latency_s = sorted(outcome.took_s for outcome in alone)[1]
    progress(f"one article: {latency_s:.2f} s, {one_article_s:.2f} s of processor time")

    before_s = work_s()
    with ThreadPoolExecutor(MAX_ARTICLES_AT_ONCE) as clients:
        gone = list(clients.map(ask, [LEAVE_AFTER_S] * MAX_ARTICLES_AT_ONCE))
    left = monotonic()
    stayed = ask()
    progress(f"the next client: {stayed.kind} after {stayed.took_s:.2f} s")
    sleep(max(0.0, SETTLE_S + left - monotonic()))
    spent_s = work_s() - before_s - one_article_s  # of the client that stayed
    whole_work_s = MAX_ARTICLES_AT_ONCE * one_article_s
    return [
        Result(
            "disconnect",
            f"the work for clients that left stops: at most {MOST_WORK:.0%} of it is done",
            f"{len(gone)} left after {LEAVE_AFTER_S} s: {spent_s:.1f} s of processor time, "
            f"{spent_s / whole_work_s:.0%} of {whole_work_s:.1f} s",
            all(outcome.error == "ReadTimeout" for outcome in gone)
            and spent_s <= MOST_WORK * whole_work_s,
        ),
        Result(
            "disconnect",
            f"nobody else waits: the next answer takes at most {MOST_LATENCY:.0f} times as long",
            f"{stayed.kind} after {stayed.took_s:.2f} s, {latency_s:.2f} s when idle",
            is_right(stayed.answer) and stayed.took_s <= MOST_LATENCY * latency_s,
        ),
    ]
