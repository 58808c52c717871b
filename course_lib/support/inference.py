"""Three models over lists of sentences: each takes strings and gives plain results.

All three share one way through the model: sentences of similar length go into one batch, since a
batch is as long as its longest member and a processor computes the padding like the rest. Results
come back in the order of the sentences. An instance may be used by one thread at a time.
"""

from collections.abc import Iterator, Sequence
from typing import TypedDict

import numpy as np
import torch
from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerFast

from course_lib.support.entities import Token
from course_lib.support.mean_pooling import mean_over_tokens

BATCH_SIZE = 8
MAX_TOKENS = 512
# What the sentence encoder was trained with; sentence-transformers cuts there too.
MAX_EMBEDDING_TOKENS = 256


class SentimentScores(TypedDict):
    """What a sentence expresses: three probabilities that add up to 1."""

    negative: float
    neutral: float
    positive: float


def forward(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    sentences: Sequence[str],
    max_tokens: int,
) -> Iterator[tuple[list[int], BatchEncoding, torch.Tensor]]:
    """Run the model over all sentences, batch by batch, the shortest first.

    Yields:
        For each batch of n sentences, padded to t tokens: their n indices; what the tokenizer made
        of them; and the model's first output, of shape (n, ...): logits, or the last hidden state.
    """
    # Denormal numbers are a hundred times slower than zeros. The flag belongs to the thread.
    torch.set_flush_denormal(True)
    order = sorted(range(len(sentences)), key=lambda index: len(sentences[index]))
    for start in range(0, len(order), BATCH_SIZE):
        indices = order[start : start + BATCH_SIZE]
        encoding = tokenizer(
            [sentences[index] for index in indices],
            padding=True,
            truncation=True,
            max_length=max_tokens,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            return_tensors="pt",
        )
        inputs = {
            name: encoding[name].to(model.device)
            for name in tokenizer.model_input_names
            if name in encoding
        }
        with torch.inference_mode():
            output = model(**inputs)[0].cpu()
        yield indices, encoding, output


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
        for indices, _, logits in forward(self.model, self.tokenizer, sentences, MAX_TOKENS):
            for index, probabilities in zip(indices, logits.softmax(-1).tolist(), strict=True):
                for name, probability in zip(self.classes, probabilities, strict=True):
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
        for indices, encoding, logits in forward(self.model, self.tokenizer, sentences, MAX_TOKENS):
            scores, best = logits.softmax(-1).max(-1)
            rows = zip(
                indices,
                encoding["offset_mapping"].tolist(),
                encoding["special_tokens_mask"].tolist(),
                best.tolist(),
                scores.tolist(),
                strict=True,
            )
            for index, *columns in rows:
                results[index] = [
                    Token(start, end, self.labels[label], score)
                    for (start, end), special, label, score in zip(*columns, strict=True)
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
        batches = forward(self.model, self.tokenizer, sentences, MAX_EMBEDDING_TOKENS)
        for indices, encoding, hidden in batches:
            means = mean_over_tokens(hidden, encoding["attention_mask"])
            embeddings[indices] = torch.nn.functional.normalize(means, dim=-1).numpy()
        return embeddings
