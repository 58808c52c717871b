"""The work of the Wikipedia NLP API with no serving: `python -m benchmarks.offline HOW [ARTICLES]`.

    bare        article after article in one thread
    parallel    the same, with summary and entities at the same time in two processes

Prints one line of JSON: seconds in all, milliseconds for each article, and the answers. Loading
models is not counted; fetching and splitting articles is.
"""

import json
import multiprocessing
import sys
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import Any

from benchmarks.servers.common import Models, analysis, read, refusal
from benchmarks.texts import search_terms

MAX_ENTITIES_ASKED = 10
WARM_UP = ["A first sentence, which nobody counts."] * 8

SPAWN = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang

models: Models  # of this process


def load() -> None:
    """Load the models into this process, and use each once."""
    global models
    models = Models()
    for model in (models.judge, models.summarize.each, models.recognize):
        model([WARM_UP])
    read(search_terms(1)[0])


def summarize(sentences: list[str]) -> str:
    """An article's summary."""
    return models.summarize(sentences)


def analyse(term: str, helper: Executor | None) -> dict[str, Any]:
    """The answer for an article, computed with or without a second process."""
    reading = read(term)
    [scores] = models.judge([reading.opening])
    if (refused := refusal(reading, scores)) is not None:
        return refused.model_dump()
    if helper:
        summarized = helper.submit(summarize, reading.sentences)
        [entities] = models.recognize([reading.sentences])
        summary = summarized.result()
    else:
        summary = summarize(reading.sentences)
        [entities] = models.recognize([reading.sentences])
    return analysis(reading, scores, summary, entities, MAX_ENTITIES_ASKED).model_dump()


def main(how: str, articles: str = "") -> None:
    """The command."""
    if how not in ("bare", "parallel"):
        sys.exit(f"there is no way {how!r}: bare or parallel")
    load()
    answers, took_ms = [], []
    with ProcessPoolExecutor(1, SPAWN, load) as pool:
        helper = pool if how == "parallel" else None
        if helper:
            helper.submit(summarize, WARM_UP).result()
        started = time.perf_counter()
        for term in search_terms(int(articles) if articles else None):
            begun = time.perf_counter()
            answers.append(analyse(term, helper))
            took_ms.append(1000 * (time.perf_counter() - begun))
        seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "took_ms": took_ms, "answers": answers}))


if __name__ == "__main__":
    main(*sys.argv[1:])
