"""The Wikipedia NLP API in LitServe: `python -m benchmarks.servers.api_litserve PORT [batched]`.

One LitAPI that loads all models in `setup` and calls them one after the other in `predict`: so
LitServe's documentation serves several models that answer one request together. Two workers, one a
core, each with a copy of all models; an article is one worker's from its search to its answer.
Batched, a worker takes up to four articles at once, as many as lesson 09's models do.
https://lightning.ai/docs/litserve/features/full-control
https://lightning.ai/docs/litserve/features/batching
https://lightning.ai/docs/litserve/how-tos/parallelism-types
"""

import sys
from contextlib import suppress
from typing import Any

import litserve
from fastapi import HTTPException
from fastapi.responses import JSONResponse

from benchmarks.servers.common import (
    BATCH_WAIT_S,
    MAX_ARTICLES_PER_BATCH,
    Analysis,
    Models,
    NoArticle,
    Refusal,
    SearchQuestion,
    analysis,
    read,
    refusal,
)

WORKERS = 2
TIMEOUT_S = 60


class WikipediaNLP(litserve.LitAPI):
    """Analyses articles."""

    def setup(self, device: str) -> None:
        """Load the models."""
        self.models = Models()

    def decode_request(self, request: SearchQuestion) -> SearchQuestion:
        """Take the question as it was checked."""
        return request

    def predict(self, question: SearchQuestion) -> Analysis:
        """Search Wikipedia for an article and analyse it. A negative article is refused."""
        try:
            answer = self.models(question.search_term, question.max_entities)
        except NoArticle as error:
            raise HTTPException(404, "Wikipedia has no such article.") from error
        if isinstance(answer, Refusal):
            raise HTTPException(422, answer.model_dump())
        return answer

    def encode_response(self, output: Analysis) -> Analysis:
        """Answer with what `predict` found."""
        return output


class WikipediaNLPInBatches(WikipediaNLP):
    """Analyses several articles in one pass of each model."""

    def predict(self, questions: list[SearchQuestion]) -> list[Analysis | Refusal | None]:
        """Analyse an article for each question; None where there is no article."""
        answers: list[Analysis | Refusal | None] = [None] * len(questions)
        readings = {}
        for i, question in enumerate(questions):
            with suppress(NoArticle):
                readings[i] = read(question.search_term)
        judged = self.models.judge([it.opening for it in readings.values()])
        kept = {}
        for (i, reading), scores in zip(readings.items(), judged, strict=True):
            answers[i] = refusal(reading, scores)
            if answers[i] is None:
                kept[i] = scores
        texts = [readings[i].sentences for i in kept]
        found = self.models.summarize.each(texts), self.models.recognize(texts)
        for i, summary, entities in zip(kept, *found, strict=True):
            limit = questions[i].max_entities
            answers[i] = analysis(readings[i], kept[i], summary, entities, limit)
        return answers

    def encode_response(self, output: Analysis | Refusal | None) -> Any:
        """Answer with what `predict` found; one exception would end the whole batch."""
        if output is None:
            return JSONResponse({"detail": "Wikipedia has no such article."}, 404)
        if isinstance(output, Refusal):
            return JSONResponse({"detail": output.model_dump()}, 422)
        return output


if __name__ == "__main__":
    batched = "batched" in sys.argv
    api_class = WikipediaNLPInBatches if batched else WikipediaNLP
    batches = {"max_batch_size": MAX_ARTICLES_PER_BATCH, "batch_timeout": BATCH_WAIT_S}
    server = litserve.LitServer(
        api_class(api_path="/summarize", **(batches if batched else {})),
        accelerator="cpu",
        workers_per_device=WORKERS,
        fast_queue=True,
        timeout=TIMEOUT_S,
    )
    server.run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        num_api_servers=1,
        access_log=False,
        generate_client_file=False,
    )
