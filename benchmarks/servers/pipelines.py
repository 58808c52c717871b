"""The three models as most guides call them: `transformers.pipeline`, a sentence at a time.

The weights are those of every other system, so the answers are, too. A pipeline that is given a
list goes through it one by one, unless it is told otherwise.
https://huggingface.co/docs/transformers/main_classes/pipelines
"""

from collections.abc import Sequence

import numpy as np
from transformers import Pipeline, pipeline

from benchmarks.servers.common import MAX_ENTITIES, THRESHOLD, Models
from course_lib.support.models.engine import EmbeddingModel, Row
from course_lib.support.models.entities import Entity, Token, find_entities
from course_lib.support.models.summarization import ExtractiveSummarizer
from course_lib.support.models.transformers_engine import load_embedded


def load(name: str, task: str) -> Pipeline:
    """Return the embedded model of this name as a pipeline."""
    loaded = load_embedded(name)
    loaded.tokenizer.model_max_length = loaded.max_tokens
    return pipeline(task, model=loaded.model, tokenizer=loaded.tokenizer)


class PipelineJudge:
    """Judges articles, sentence after sentence."""

    def __init__(self) -> None:
        self.classify = load("sentiment", "text-classification")

    def __call__(self, articles: Sequence[Sequence[str]]) -> list[list[float]]:
        """Return each sentence's score for each article."""
        return [[self.score(sentence) for sentence in article] for article in articles]

    def score(self, sentence: str) -> float:
        """Return how positive a sentence is, in [-1, 1]."""
        scores = self.scores(sentence)
        return scores["positive"] - scores["negative"]

    def scores(self, sentence: str) -> dict[str, float]:
        """Return the probability of each label."""
        found = self.classify(sentence, truncation=True, top_k=None)
        return {each["label"]: each["score"] for each in found}


class PipelineRecognizer:
    """Finds names, sentence after sentence."""

    def __init__(self) -> None:
        self.label = load("entities", "token-classification")

    def __call__(self, articles: Sequence[Sequence[str]]) -> list[list[Entity]]:
        """Return the names of each article, the surest first."""
        return [
            find_entities(article, list(map(self.tokens, article)), THRESHOLD, MAX_ENTITIES)
            for article in articles
        ]

    def tokens(self, sentence: str) -> list[Token]:
        """Return the labelled tokens of a sentence."""
        found = self.label(sentence, ignore_labels=[])
        return [Token(it["start"], it["end"], it["entity"], float(it["score"])) for it in found]


def load_pipeline_summarizer() -> ExtractiveSummarizer:
    """Return the summarizer, which embeds sentence after sentence."""
    features = load("embeddings", "feature-extraction")

    def engine(sentences: Sequence[str]) -> list[Row]:
        return [Row((), np.array(features(sentence, truncation=True)[0])) for sentence in sentences]

    return ExtractiveSummarizer(EmbeddingModel(engine))


class PipelineModels(Models):
    """All that is computed for an article, by pipelines."""

    def __init__(self) -> None:
        self.judge = PipelineJudge()
        self.summarize = load_pipeline_summarizer()
        self.recognize = PipelineRecognizer()
