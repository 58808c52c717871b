"""The Wikipedia NLP API in one FastAPI process: `uvicorn benchmarks.servers.api_fastapi:api`.

The same functions without Ray Serve. A pool of two threads, one a core, does all model work; each
has tokenizers of its own, and the weights are shared. Torch gives up Python's lock while it
computes, so two threads keep two cores busy. Summary and entities of an article are two jobs of
the pool: one client has both cores. The pages are fetched in FastAPI's own threads, as its
documentation asks of code that blocks.

https://fastapi.tiangolo.com/async/
"""

import asyncio
import copy
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.concurrency import run_in_threadpool

from benchmarks.servers.common import (
    Analysis,
    EntityLimit,
    Models,
    NoArticle,
    SearchTerm,
    analysis,
    read,
    refusal,
)

THREADS = 2

api = FastAPI()
loaded = Models()
own = threading.local()


def take_models() -> None:
    """Give this thread the models, with tokenizers that no other thread uses."""
    own.models = models = copy.copy(loaded)
    models.judge, models.recognize = copy.copy(loaded.judge), copy.copy(loaded.recognize)
    models.summarize = copy.copy(loaded.summarize)
    models.judge.model = with_own_tokenizer(loaded.judge.model)
    models.recognize.model = with_own_tokenizer(loaded.recognize.model)
    models.summarize.embeddings = with_own_tokenizer(loaded.summarize.embeddings)


def with_own_tokenizer(model: Any) -> Any:
    """The model, with a copy of its tokenizer."""
    model = copy.copy(model)
    model.tokenizer = copy.deepcopy(model.tokenizer)
    return model


pool = ThreadPoolExecutor(THREADS, initializer=take_models)


async def compute(work: Callable[[Models], Any]) -> Any:
    """Do a piece of model work in the pool."""
    return await asyncio.get_running_loop().run_in_executor(pool, lambda: work(own.models))


@api.get("/summarize")
async def summarize(search_term: SearchTerm, max_entities: EntityLimit = 10) -> Analysis:
    """Search Wikipedia for an article and analyse it. A negative article is refused."""
    try:
        reading = await run_in_threadpool(read, search_term)
    except NoArticle as error:
        raise HTTPException(404, f"Wikipedia has no article for {search_term!r}.") from error
    [sentiment] = await compute(lambda models: models.judge([reading.opening]))
    if sentiment["label"] == "negative":
        raise HTTPException(422, refusal(reading, sentiment).model_dump())
    summary, [entities] = await asyncio.gather(
        compute(lambda models: models.summarize(reading.sentences)),
        compute(lambda models: models.recognize([reading.sentences])),
    )
    return analysis(reading, sentiment, summary, entities, max_entities)
