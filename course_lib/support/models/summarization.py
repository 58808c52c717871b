"""Two summarizers of an article's sentences: one picks sentences, one writes new ones.

The embedded one is extractive. Sentences near the centroid of all sentence embeddings say what the
article is about (Radev et al., "Centroid-based summarization of multiple documents", 2004), and
maximal marginal relevance keeps a chosen sentence from being said twice (Carbonell and Goldstein,
"The use of MMR", SIGIR 1998). An encyclopedia says first what matters most, so earlier sentences
have an advantage, and the first real one is always taken: the others refer to it.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from course_lib.support.models.engine import EmbeddingModel

SUMMARY_SENTENCES = 3

RELEVANCE_WEIGHT = 0.6  # The rest is the weight of being unlike the sentences chosen before.
LEAD_WEIGHT = 0.3
HALVED_AFTER = 10  # After so many sentences the advantage of being early has halved.

MIN_WORDS = 6
MAX_WORDS = 50
# A sentence that starts so leans on the one before it, which the summary may lack.
_LEANING = re.compile(
    r"(?:However|Moreover|Furthermore|Similarly|Likewise|Instead|Nevertheless|Nonetheless|Thus|Hence"
    r"|Therefore|Consequently|Additionally|Also|And|But|Or|So|Then|This|These|Those|Such|Both|Another"
    r"|In addition|In contrast|By contrast|In particular|In fact|For example|For instance|As such"
    r"|As a result|On the other hand|One of them|Of these|Among these)\b"
)

MAX_INPUT_TOKENS = 1_024
MAX_NEW_TOKENS = 120


def is_real_sentence(sentence: str) -> bool:
    """Whether it can stand in a summary: no list item, fragment or monster, and clear by itself."""
    whole = re.search(r"[.!?][\"'”’)\]]*$", sentence) and not sentence[0].islower()
    fits = MIN_WORDS <= len(sentence.split()) <= MAX_WORDS
    return bool(whole) and fits and not _LEANING.match(sentence)


def choose_sentences(embeddings: np.ndarray, count: int) -> list[int]:
    """The indices of the sentences that make a summary, in the order of the article.

    Args:
        embeddings: of the candidates in their order, shape (n, dimensions).
        count: how many to choose; fewer come back if there are fewer.
    """
    if not len(embeddings):
        return []
    embeddings = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    centroid = embeddings.mean(axis=0)
    centroid /= np.linalg.norm(centroid)
    earliness = HALVED_AFTER / (HALVED_AFTER + np.arange(len(embeddings)))
    relevance = embeddings @ centroid + LEAD_WEIGHT * earliness
    chosen = [0]
    while len(chosen) < min(count, len(embeddings)):
        redundancy = (embeddings @ embeddings[chosen].T).max(axis=1)
        gain = RELEVANCE_WEIGHT * relevance - (1 - RELEVANCE_WEIGHT) * redundancy
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
    return sorted(chosen)


class ExtractiveSummarizer:
    """Picks the two or three sentences that say most."""

    def __init__(self, embeddings: "EmbeddingModel | SentenceTransformer") -> None:
        self.embeddings = embeddings

    def __call__(self, sentences: Sequence[str]) -> str:
        """A summary of whole sentences of the article, in its order; empty for no sentence."""
        return self.each([sentences])[0]

    def each(self, articles: Sequence[Sequence[str]]) -> list[str]:
        """The summary of each article. Sentences of all go through the model together."""
        candidates = [
            [sentence for sentence in article if is_real_sentence(sentence)] or list(article[:1])
            for article in articles
        ]
        embeddings = self.embeddings.encode([sentence for own in candidates for sentence in own])
        ends = np.cumsum([len(own) for own in candidates], dtype=int)
        return [
            " ".join(own[index] for index in choose_sentences(vectors, SUMMARY_SENTENCES))
            for own, vectors in zip(candidates, np.split(embeddings, ends)[:-1], strict=True)
        ]


class AbstractiveSummarizer:
    """Writes a summary with a sequence-to-sequence model such as BART or T5.

    `model` and `tokenizer` are ordinary transformers objects.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model
        self.tokenizer = tokenizer

    def __call__(self, sentences: Sequence[str]) -> str:
        """A summary in the model's own words; empty for no sentence.

        What goes beyond the model's longest input is not read.
        """
        if not sentences:
            return ""
        max_tokens = min(self.tokenizer.model_max_length, MAX_INPUT_TOKENS)
        inputs = self.tokenizer(
            " ".join(sentences), truncation=True, max_length=max_tokens, return_tensors="pt"
        )
        inputs.pop("token_type_ids", None)
        output = self.model.generate(**inputs, max_new_tokens=MAX_NEW_TOKENS)
        return self.tokenizer.decode(output[0], skip_special_tokens=True).strip()

    def each(self, articles: Sequence[Sequence[str]]) -> list[str]:
        """The summary of each article, one after the other."""
        return [self(sentences) for sentences in articles]
