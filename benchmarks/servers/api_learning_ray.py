"""The graph of Learning Ray, chapter 8, on today's Ray: `... api_learning_ray PORT`.

The book's deployments with the book's options, and today's defaults of Ray for the rest: sentiment
in batches of ten that wait up to 0.1 s, two summarizers, one finder of names, and a driver that
asks the sentiment first and the other two at once. Written anew; what changed in Ray since the
book: handles are awaited directly and are given by `bind`, and a replica takes five requests at
once where it took a hundred. Each model is a pipeline, as in the book, and is given sentences, as
everywhere here, where the book gives it the whole text.
https://github.com/maxpumperla/learning_ray/blob/main/notebooks/ch_08_model_serving.ipynb
"""

import asyncio
import sys
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.concurrency import run_in_threadpool
from ray import serve
from ray.serve.handle import DeploymentHandle

from benchmarks.servers.common import (
    Analysis,
    EntityLimit,
    NoArticle,
    SearchTerm,
    analysis,
    read,
    refusal,
)
from benchmarks.servers.pipelines import (
    PipelineJudge,
    PipelineRecognizer,
    load_pipeline_summarizer,
)
from benchmarks.servers.ray_serve import serve_until_stopped

api = FastAPI()


@serve.deployment
class SentimentAnalysis:
    """Judges articles."""

    def __init__(self) -> None:
        self.judge = PipelineJudge()

    @serve.batch(max_batch_size=10, batch_wait_timeout_s=0.1)
    async def __call__(self, articles: list[list[str]]) -> list[list[float]]:
        """Return the scores of each article's sentences."""
        return self.judge(articles)


@serve.deployment(num_replicas=2)
class Summarizer:
    """Summarizes articles."""

    def __init__(self) -> None:
        self.summarize = load_pipeline_summarizer()

    def __call__(self, sentences: list[str]) -> str:
        """Return the summary."""
        return self.summarize(sentences)


@serve.deployment
class EntityRecognition:
    """Finds names."""

    def __init__(self) -> None:
        self.recognize = PipelineRecognizer()

    def __call__(self, sentences: list[str]) -> list[Any]:
        """Return the names, the surest first."""
        [entities] = self.recognize([sentences])
        return entities


@serve.deployment
@serve.ingress(api)
class NLPPipelineDriver:
    """Finds the article, has it judged, and asks for summary and names."""

    def __init__(
        self, sentiment: DeploymentHandle, summarizer: DeploymentHandle, entities: DeploymentHandle
    ) -> None:
        self.sentiment = sentiment
        self.summarizer = summarizer
        self.entities = entities

    @api.get("/summarize")
    async def summarize(self, search_term: SearchTerm, max_entities: EntityLimit = 10) -> Analysis:
        """Search Wikipedia for an article and analyse it. A negative article is refused."""
        try:
            reading = await run_in_threadpool(read, search_term)
        except NoArticle as error:
            raise HTTPException(404, "Wikipedia has no such article.") from error
        scores = await self.sentiment.remote(reading.opening)
        if (refused := refusal(reading, scores)) is not None:
            raise HTTPException(422, refused.model_dump())
        summary, entities = await asyncio.gather(
            self.summarizer.remote(reading.sentences), self.entities.remote(reading.sentences)
        )
        return analysis(reading, scores, summary, entities, max_entities)


if __name__ == "__main__":
    parts = SentimentAnalysis.bind(), Summarizer.bind(), EntityRecognition.bind()
    serve_until_stopped(NLPPipelineDriver.bind(*parts), int(sys.argv[1]))
