"""Sentiment in plain FastAPI: `uvicorn benchmarks.servers.sentiment_fastapi:api --no-access-log`.

The model computes in a thread, so that the event loop stays free, as FastAPI's documentation asks
of code that blocks. There is one thread: an instance of the model is for one at a time, and every
other system has one model worker, too.
https://fastapi.tiangolo.com/async/
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI

from benchmarks.servers.sentiment_work import Sentiment, Text, sentiment_of
from course_lib.support.models import load_sentiment

api = FastAPI()
model = load_sentiment()
worker = ThreadPoolExecutor(max_workers=1)


@api.get("/sentiment")
async def judge_one(text: Text) -> Sentiment:
    """Judge one text."""
    [probabilities] = await asyncio.get_running_loop().run_in_executor(worker, model, [text])
    return sentiment_of(probabilities)
