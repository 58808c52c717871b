"""The work of the Wikipedia NLP API with no serving: `python -m benchmarks.offline HOW [OPTIONS]`.

    bare                     article after article in one thread, timed by stage
    parallel                 the same, with summary and entities at the same time in two processes
    limit --workers 2        all articles at once, in the best order: the physical limit

Prints one line of JSON: seconds, and the answers. What can be known only with all articles at hand
makes the limit: a worker gets many sentences at once, and the longest are given out first, so that
all workers end together.
Loading models is not counted; fetching and splitting articles is.
"""

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from benchmarks.servers.common import (
    MAX_ENTITIES,
    THRESHOLD,
    Models,
    analysis,
    read,
    refusal,
)
from benchmarks.texts import search_terms
from course_lib.support.models.entities import find_entities
from course_lib.support.models.summarization import (
    SUMMARY_SENTENCES,
    choose_sentences,
    is_real_sentence,
)

MAX_ENTITIES_ASKED = 10
SENTENCES_A_TASK = 64  # and still many tasks for each worker
WARM_UP = ["A first sentence, which nobody counts."] * 8

SPAWN = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang

models: Models  # of this process


def load(threads: int = 1) -> None:
    """Load the models into this process, and use each once."""
    global models
    os.environ["OMP_NUM_THREADS"] = str(threads)
    models = Models()
    for kind in ("sentiment", "embeddings", "entities"):
        compute((kind, WARM_UP))
    read(search_terms(1)[0])


def compute(task: tuple[str, Sequence[str]]) -> list[Any]:
    """What a model makes of a batch of sentences."""
    kind, sentences = task
    if kind == "sentiment":
        return [score["positive"] - score["negative"] for score in models.judge.model(sentences)]
    if kind == "embeddings":
        return list(models.summarize.embeddings.encode(sentences))
    return models.recognize.model(sentences)


def summarize(sentences: list[str]) -> str:
    """An article's summary."""
    return models.summarize(sentences)


class OneByOne:
    """Article after article, each as fast as can be, with or without a second process."""

    def __init__(self, helper: Executor | None = None) -> None:
        self.helper = helper
        self.stages_ms: list[dict[str, float]] = []

    def __call__(self, term: str) -> dict[str, Any]:
        """Analyse an article, and note the milliseconds of each stage and of all."""
        self.stages_ms.append({})
        with self.stage("all"):
            with self.stage("fetch"):
                reading = read(term)
            with self.stage("sentiment"):
                [scores] = models.judge([reading.opening])
            if (refused := refusal(reading, scores)) is not None:
                return refused.model_dump()
            with self.stage("summary and entities"):
                found = self.both(reading.sentences)
            return analysis(reading, scores, *found, MAX_ENTITIES_ASKED).model_dump()

    def both(self, sentences: list[str]) -> tuple[str, list[Any]]:
        """Summary and entities, in the second process and this one, or one after the other."""
        if self.helper:
            summary = self.helper.submit(summarize, sentences)
            [entities] = models.recognize([sentences])
            return summary.result(), entities
        return models.summarize(sentences), models.recognize([sentences])[0]

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure what is done inside."""
        start = time.perf_counter()
        yield
        self.stages_ms[-1][name] = 1000 * (time.perf_counter() - start)


class Place(NamedTuple):
    """Where a sentence belongs."""

    kind: str
    article: int
    sentence: int

    def text(self, work: dict[str, list[list[str]]]) -> str:
        """The sentence."""
        return work[self.kind][self.article][self.sentence]


def all_at_once(terms: Sequence[str], workers: Executor) -> list[dict[str, Any]]:
    """The answers, in the order of the terms: each stage for all articles, then the next."""
    readings = list(workers.map(read, terms))
    [scores] = computed({"sentiment": [it.opening for it in readings]}, workers)
    refusals = [refusal(*it) for it in zip(readings, scores, strict=True)]
    kept = [i for i, refused in enumerate(refusals) if refused is None]
    candidates = [
        [sentence for sentence in readings[i].sentences if is_real_sentence(sentence)] for i in kept
    ]
    work = {"embeddings": candidates, "entities": [readings[i].sentences for i in kept]}
    embeddings, tokens = computed(work, workers)
    answers = [refused and refused.model_dump() for refused in refusals]
    for position, i in enumerate(kept):
        chosen = choose_sentences(np.array(embeddings[position]), SUMMARY_SENTENCES)
        summary = " ".join(candidates[position][index] for index in chosen)
        entities = find_entities(readings[i].sentences, tokens[position], THRESHOLD, MAX_ENTITIES)
        answer = analysis(readings[i], scores[i], summary, entities, MAX_ENTITIES_ASKED)
        answers[i] = answer.model_dump()
    return answers


def computed(work: dict[str, list[list[str]]], workers: Executor) -> list[list[list[Any]]]:
    """For each kind of work, for each article, what the model makes of each of its sentences."""
    groups: list[list[Place]] = []
    for kind, articles in work.items():
        places = [Place(kind, i, j) for i, it in enumerate(articles) for j in range(len(it))]
        places.sort(key=lambda place: len(place.text(work)))
        groups += [
            places[start : start + SENTENCES_A_TASK]
            for start in range(0, len(places), SENTENCES_A_TASK)
        ]
    groups.sort(key=lambda places: sum(len(it.text(work)) for it in places), reverse=True)
    tasks = [(places[0].kind, [it.text(work) for it in places]) for places in groups]
    results = {kind: [[None] * len(it) for it in articles] for kind, articles in work.items()}
    for places, outputs in zip(groups, workers.map(compute, tasks), strict=True):
        for (kind, i, j), output in zip(places, outputs, strict=True):
            results[kind][i][j] = output
    return list(results.values())


def run_one_by_one(terms: Sequence[str], in_parallel: bool) -> dict[str, Any]:
    """Article after article: how long each took, by stage, and the answers."""
    load()
    with ProcessPoolExecutor(1, SPAWN, load) as helper:
        work = OneByOne(helper if in_parallel else None)
        if in_parallel:
            helper.submit(summarize, WARM_UP).result()
        started = time.perf_counter()
        answers = [work(term) for term in terms]
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "stages_ms": work.stages_ms, "answers": answers}


def run_all_at_once(terms: Sequence[str], workers: int, threads: int) -> dict[str, Any]:
    """All articles at once: how long it took, and the answers."""
    with ProcessPoolExecutor(workers, SPAWN, load, (threads,)) as pool:
        list(pool.map(time.sleep, [0.5] * workers))  # until all have loaded
        started = time.perf_counter()
        answers = all_at_once(terms, pool)
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "answers": answers}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.offline")
    parser.add_argument("how", choices=["bare", "parallel", "limit"])
    parser.add_argument("--articles", type=int)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    terms = search_terms(given.articles)
    if given.how == "limit":
        done = run_all_at_once(terms, given.workers, given.threads)
    else:
        done = run_one_by_one(terms, given.how == "parallel")
    print(json.dumps(done))


if __name__ == "__main__":
    main()
