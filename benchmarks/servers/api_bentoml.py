"""The Wikipedia NLP API in BentoML: `bentoml serve benchmarks.servers.api_bentoml:WikipediaNLP`.

Composed as BentoML's documentation does it: a service for each model, one that depends on them, and
`asyncio.gather` for what can run in parallel. Each service is a process of its own, and there are
as many of each as this project has replicas. All three take batches of at most four articles, as in
lesson 09.
https://docs.bentoml.com/en/latest/get-started/model-composition.html
https://docs.bentoml.com/en/latest/build-with-bentoml/distributed-services.html
https://docs.bentoml.com/en/latest/get-started/adaptive-batching.html
"""

import asyncio
from typing import Any

import bentoml

from benchmarks.servers.common import (
    MAX_ARTICLES_PER_BATCH,
    Analysis,
    EntityLimit,
    Judge,
    NoArticle,
    Recognizer,
    Refusal,
    SearchTerm,
    analysis,
    read,
    refusal,
)
from course_lib.support.models import load_summarizer

QUIET = {"access": {"enabled": False}}


@bentoml.service(workers=1, logging=QUIET)
class Sentiment:
    """Judges articles."""

    def __init__(self) -> None:
        self.judge_articles = Judge()

    @bentoml.api(batchable=True, max_batch_size=MAX_ARTICLES_PER_BATCH)
    def judge(self, articles: list[list[str]]) -> list[list[float]]:
        """Judge the articles of a batch in one pass."""
        return self.judge_articles(articles)


@bentoml.service(workers=1, logging=QUIET)
class Summarizer:
    """Summarizes articles."""

    def __init__(self) -> None:
        self.summarizer = load_summarizer()

    @bentoml.api(batchable=True, max_batch_size=MAX_ARTICLES_PER_BATCH)
    def summarize(self, articles: list[list[str]]) -> list[str]:
        """Summarize the articles of a batch."""
        return self.summarizer.each(articles)


@bentoml.service(workers=1, logging=QUIET)
class Entities:
    """Finds names."""

    def __init__(self) -> None:
        self.recognize_names = Recognizer()

    @bentoml.api(batchable=True, max_batch_size=MAX_ARTICLES_PER_BATCH)
    def recognize(self, articles: list[list[str]]) -> list[list[dict[str, Any]]]:
        """Find the names in the articles of a batch, in one pass."""
        return self.recognize_names(articles)


@bentoml.service(workers=1, logging=QUIET)
class WikipediaNLP:
    """Finds the article, has it judged, and asks for summary and entities."""

    sentiment = bentoml.depends(Sentiment)
    summarizer = bentoml.depends(Summarizer)
    entities = bentoml.depends(Entities)

    @bentoml.api(route="/summarize")
    async def summarize(
        self, search_term: SearchTerm, context: bentoml.Context, max_entities: EntityLimit = 10
    ) -> Analysis | Refusal | None:
        """Search Wikipedia for an article and analyse it. A negative article is refused."""
        try:
            reading = await asyncio.to_thread(read, search_term)
        except NoArticle:
            context.response.status_code = 404
            return None
        [scores] = await self.sentiment.to_async.judge([reading.opening])
        if (refused := refusal(reading, scores)) is not None:
            context.response.status_code = 422
            return refused
        [summary], [entities] = await asyncio.gather(
            self.summarizer.to_async.summarize([reading.sentences]),
            self.entities.to_async.recognize([reading.sentences]),
        )
        return analysis(reading, scores, summary, entities, max_entities)
