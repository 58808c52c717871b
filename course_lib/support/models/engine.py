"""Three models over lists of sentences, and the one thing that they ask of an engine.

An engine is what computes: ONNX Runtime (`onnx_engine`) or PyTorch with transformers
(`transformers_engine`). The models turn its numbers into plain results, in the order of the
sentences.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from course_lib.support.models.entities import Token


class Row(NamedTuple):
    """What an engine gives for one sentence.

    `offsets`: where each token is, `sentence[start:end]`; empty where the tokenizer added it.
    `output`: float32, the logits of the sentence, or one row a token, specials included.
    """

    offsets: Sequence[tuple[int, int]]
    output: np.ndarray


class Engine(Protocol):
    """A model and its tokenizer."""

    def __call__(self, sentences: Sequence[str]) -> list[Row]:
        """Each sentence's numbers, in the order of the sentences; a too long one is cut."""


class _EachArticle:
    """A model of sentences that takes the sentences of several articles in one call, too."""

    def __call__(self, sentences: Sequence[str]) -> Sequence[Any]:
        """One result a sentence."""
        raise NotImplementedError

    def each(self, articles: Sequence[Sequence[str]]) -> list[list[Any]]:
        """What the model says of each article's sentences. All go through the engine together."""
        results = iter(self([sentence for article in articles for sentence in article]))
        return [[next(results) for _ in article] for article in articles]


class SentimentModel(_EachArticle):
    """Judges sentences, each for itself.

    The engine is a sequence classifier's; `classes[i]` is what its output i means: "negative",
    "neutral" or "positive".
    """

    def __init__(self, engine: Engine, classes: Sequence[str]) -> None:
        self.engine = engine
        self.classes = classes

    def __call__(self, sentences: Sequence[str]) -> list[dict[str, float]]:
        """What each sentence expresses: three probabilities that add up to 1."""
        results = []
        for row in self.engine(sentences):
            scores = {"negative": 0.0, "neutral": 0.0, "positive": 0.0}
            for name, probability in zip(self.classes, _softmax(row.output), strict=True):
                scores[name] += float(probability)
            results.append(scores)
        return results


class EntityModel(_EachArticle):
    """Labels the tokens of sentences as parts of names; `entities.find_entities` makes names of it.

    The engine is a token classifier's; `labels[i]` is what its output i means: "O", or "B-" or
    "I-" before PER, ORG or LOC.
    """

    def __init__(self, engine: Engine, labels: Sequence[str]) -> None:
        self.engine = engine
        self.labels = labels

    def __call__(self, sentences: Sequence[str]) -> list[list[Token]]:
        """The tokens of each sentence, in the order of the sentences."""
        results = []
        for row in self.engine(sentences):
            probabilities = _softmax(row.output)
            best = probabilities.argmax(-1)
            results.append(
                [
                    Token(start, end, self.labels[label], float(scores[label]))
                    for (start, end), label, scores in zip(
                        row.offsets, best, probabilities, strict=True
                    )
                    if end > start
                ]
            )
        return results


class EmbeddingModel:
    """Embeds sentences: the mean of the token vectors, scaled to length 1.

    What `SentenceTransformer.encode` computes for all-MiniLM-L6-v2.
    """

    dimensions = 384

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        """The embeddings, one row a sentence: shape (n, 384), float32."""
        rows = self.engine(sentences)
        means = np.array([row.output.mean(0) for row in rows], dtype=np.float32)
        means = means.reshape(len(rows), self.dimensions)
        return means / np.linalg.norm(means, axis=-1, keepdims=True)


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)
