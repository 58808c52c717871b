"""The Wikipedia NLP API as popular guides build one: `uvicorn benchmarks.servers.api_tutorial:api`.

FastAPI around three pipelines, one request after the other: they are called in an `async def`, so
nothing else runs meanwhile. PyTorch has the threads that it takes by itself, one for each core.
https://fastapi.tiangolo.com/tutorial/first-steps/
https://huggingface.co/docs/transformers/pipeline_webserver
"""

import os

import torch
from fastapi import FastAPI, HTTPException

from benchmarks.servers.common import (
    Analysis,
    EntityLimit,
    NoArticle,
    Refusal,
    SearchTerm,
)
from benchmarks.servers.pipelines import PipelineModels

torch.set_num_threads(
    len(os.sched_getaffinity(0))
)  # what PyTorch does where no variable says otherwise

api = FastAPI()
models = PipelineModels()


@api.get("/summarize")
async def summarize(search_term: SearchTerm, max_entities: EntityLimit = 10) -> Analysis:
    """Search Wikipedia for an article and analyse it. A negative article is refused."""
    try:
        answer = models(search_term, max_entities)
    except NoArticle as error:
        raise HTTPException(404, "Wikipedia has no such article.") from error
    if isinstance(answer, Refusal):
        raise HTTPException(422, answer.model_dump())
    return answer
