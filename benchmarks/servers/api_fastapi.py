"""The Wikipedia NLP API in one FastAPI process: `uvicorn benchmarks.servers.api_fastapi:api`.

The same functions without Ray Serve. A pool of two threads, one a core, does all model work, with
the same models. ONNX Runtime gives up Python's lock while it computes, so two threads keep two
cores busy. Summary and entities of an article are two jobs of
the pool: one client has both cores. The pages are fetched in FastAPI's own threads, as its
documentation asks of code that blocks.

https://fastapi.tiangolo.com/async/
"""

import asyncio
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
models = Models()
pool = ThreadPoolExecutor(THREADS)


async def compute(work: Callable[[Any], Any], given: Any) -> Any:
    """Do a piece of model work in the pool."""
    return await asyncio.get_running_loop().run_in_executor(pool, work, given)


@api.get("/summarize")
async def summarize(search_term: SearchTerm, max_entities: EntityLimit = 10) -> Analysis:
    """Search Wikipedia for an article and analyse it. A negative article is refused."""
    try:
        reading = await run_in_threadpool(read, search_term)
    except NoArticle as error:
        raise HTTPException(404, f"Wikipedia has no article for {search_term!r}.") from error
    [scores] = await compute(models.judge, [reading.opening])
    if (refused := refusal(reading, scores)) is not None:
        raise HTTPException(422, refused.model_dump())
    summary, [entities] = await asyncio.gather(
        compute(models.summarize, reading.sentences),
        compute(models.recognize, [reading.sentences]),
    )
    return analysis(reading, scores, summary, entities, max_entities)
