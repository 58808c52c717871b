"""Sentiment as popular guides serve it: `uvicorn benchmarks.servers.sentiment_tutorial:api`.

FastAPI around a pipeline of transformers, one request after the other; see `api_tutorial`.
"""

import os

import torch
from fastapi import FastAPI

from benchmarks.servers.pipelines import PipelineJudge
from benchmarks.servers.sentiment_work import Sentiment, Text, sentiment_of

torch.set_num_threads(len(os.sched_getaffinity(0)))

api = FastAPI()
judge = PipelineJudge()


@api.get("/sentiment")
async def judge_one(text: Text) -> Sentiment:
    """Judge one text."""
    return sentiment_of(judge.scores(text))
