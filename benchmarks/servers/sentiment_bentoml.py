"""Sentiment in BentoML: `bentoml serve benchmarks.servers.sentiment_bentoml:Judge`.

Or, with batches, `:BatchedJudge`.

One worker. A method that is not a coroutine runs in BentoML's own thread, of which a worker has
one. A batchable method takes a list and returns a list, so its client sends a list of one text;
the checks are the same. `max_latency_ms` stays at its default, a minute: how long to wait for more
requests the dispatcher learns by itself, and past that latency it would refuse.
https://docs.bentoml.com/en/latest/get-started/adaptive-batching.html
https://docs.bentoml.com/en/latest/build-with-bentoml/parallelize-requests.html
"""

import bentoml

from benchmarks.servers.sentiment_work import MAX_BATCH_SIZE, Sentiment, Text, sentiment_of
from course_lib.support.models import load_sentiment

QUIET = {"access": {"enabled": False}}


@bentoml.service(workers=1, logging=QUIET)
class Judge:
    """Judges one text a request."""

    def __init__(self) -> None:
        self.model = load_sentiment()

    @bentoml.api(route="/sentiment")
    def judge(self, text: Text) -> Sentiment:
        """Judge one text."""
        return sentiment_of(self.model([text])[0])


@bentoml.service(workers=1, logging=QUIET)
class BatchedJudge:
    """Judges the texts of requests that came together in one pass."""

    def __init__(self) -> None:
        self.model = load_sentiment()

    @bentoml.api(route="/sentiment", batchable=True, max_batch_size=MAX_BATCH_SIZE)
    def judge(self, texts: list[Text]) -> list[Sentiment]:
        """Judge a batch."""
        return [sentiment_of(probabilities) for probabilities in self.model(texts)]
