"""Three models over lists of sentences: each takes strings and gives plain results.

All three share one way through the model: sentences of similar length go into one batch, since a
batch is as long as its longest member and a processor computes the padding like the rest. Where a
batch ends is chosen so that all of them together cost least. Results come back in the order of the
sentences. An instance may be used by one thread at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypedDict

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from course_lib.support.entities import Token

BATCH_SIZE = 8  # sentences at most
# A pass over no token at all would take as long as so many tokens do: each reads all the weights.
# Measured on one core: 8 ms a pass and 0.25 ms a token.
PASS_TOKENS = 30
MAX_TOKENS = 512
# What the sentence encoder was trained with; sentence-transformers cuts there too.
MAX_EMBEDDING_TOKENS = 256


class SentimentScores(TypedDict):
    """What a sentence expresses: three probabilities that add up to 1."""

    negative: float
    neutral: float
    positive: float


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Which sentences to compute in one pass: their indices, at most `BATCH_SIZE`, shortest first.

    A pass costs its sentences times the longest of them, in tokens, and `PASS_TOKENS`. No other
    way to cut the sentences, sorted by length, into batches costs less than this one in all.

    Args:
        lengths: of each sentence, in tokens.
    """
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    # For the first n of them: what they cost at least, and where the last batch starts then.
    cheapest = [(0, 0)]
    for end, index in enumerate(order, start=1):
        cheapest.append(
            min(
                (cheapest[start][0] + (end - start) * lengths[index] + PASS_TOKENS, start)
                for start in range(max(0, end - BATCH_SIZE), end)
            )
        )
    cut: list[list[int]] = []
    end = len(order)
    while end:
        start = cheapest[end][1]
        cut.append(order[start:end])
        end = start
    return cut[::-1]


def forward(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    sentences: Sequence[str],
    max_tokens: int,
) -> Iterator[tuple[int, Mapping[str, list], torch.Tensor]]:
    """Run the model over all sentences, batch by batch, the shortest first.

    Yields:
        For each sentence: its index; what the tokenizer made of it, each value one row a token; and
        its row of the model's first output: its logits, or the vectors of its tokens. Where these
        are rows a token, there are more of them than tokens: the rest is padding.
    """
    if not sentences:
        return
    # Denormal numbers are a hundred times slower than zeros. The flag belongs to the thread.
    torch.set_flush_denormal(True)
    encoding = tokenizer(
        list(sentences),
        truncation=True,
        max_length=max_tokens,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
    )
    rows = [dict(zip(encoding, row, strict=True)) for row in zip(*encoding.values(), strict=True)]
    names = [name for name in tokenizer.model_input_names if name in encoding]
    for indices in batches([len(row["input_ids"]) for row in rows]):
        inputs = [{name: rows[index][name] for name in names} for index in indices]
        padded = tokenizer.pad(inputs, return_tensors="pt").to(model.device)
        with torch.inference_mode():
            outputs = model(**padded)[0].cpu()
        for index, output in zip(indices, outputs, strict=True):
            yield index, rows[index], output


class SentimentModel:
    """Judges sentences, each for itself.

    `model` and `tokenizer` are ordinary transformers objects, a sequence classifier's;
    `classes[i]` is what the model's output i means: "negative", "neutral" or "positive".
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerFast,
        classes: Sequence[str],
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.classes = classes

    def __call__(self, sentences: Sequence[str]) -> list[SentimentScores]:
        """The probabilities of each sentence, in the order of the sentences."""
        results = [SentimentScores(negative=0.0, neutral=0.0, positive=0.0) for _ in sentences]
        for index, _, logits in forward(self.model, self.tokenizer, sentences, MAX_TOKENS):
            for name, probability in zip(self.classes, logits.softmax(-1).tolist(), strict=True):
                results[index][name] += probability
        return results


class EntityModel:
    """Labels the tokens of sentences as parts of names; `entities.find_entities` makes names of it.

    `model` and `tokenizer` are ordinary transformers objects, a token classifier's; `labels[i]`
    is what the model's output i means: "O", or "B-" or "I-" before PER, ORG or LOC.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerFast,
        labels: Sequence[str],
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.labels = labels

    def __call__(self, sentences: Sequence[str]) -> list[list[Token]]:
        """The tokens of each sentence, in the order of the sentences."""
        results: list[list[Token]] = [[] for _ in sentences]
        for index, row, logits in forward(self.model, self.tokenizer, sentences, MAX_TOKENS):
            scores, best = logits[: len(row["input_ids"])].softmax(-1).max(-1)
            tokens = zip(
                row["offset_mapping"],
                row["special_tokens_mask"],
                best.tolist(),
                scores.tolist(),
                strict=True,
            )
            results[index] = [
                Token(start, end, self.labels[label], score)
                for (start, end), special, label, score in tokens
                if not special and end > start
            ]
        return results


class EmbeddingModel:
    """Embeds sentences: the mean of the token vectors, scaled to length 1.

    What `SentenceTransformer.encode` computes for all-MiniLM-L6-v2, without importing
    sentence-transformers (a second of CPU in every replica).
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> None:
        self.model = model
        self.tokenizer = tokenizer

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        """The embeddings, one row a sentence: shape (n, hidden size, here 384), float32."""
        embeddings = np.zeros((len(sentences), self.model.config.hidden_size), dtype=np.float32)
        rows = forward(self.model, self.tokenizer, sentences, MAX_EMBEDDING_TOKENS)
        for index, row, hidden in rows:
            mean = hidden[: len(row["input_ids"])].mean(0)
            embeddings[index] = torch.nn.functional.normalize(mean, dim=0).numpy()
        return embeddings
