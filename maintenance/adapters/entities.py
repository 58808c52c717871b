"""Trains and scores the entity adapter on CoNLL-2003: persons, organisations and places.

`python -m maintenance.adapters.entities [--score]`
"""

import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from peft import PeftModel, TaskType
from transformers import BertForTokenClassification, BertTokenizerFast

from course_lib.support.models import load_entities
from course_lib.support.models.embedded import ADAPTERS, LABELS
from course_lib.support.models.encoder import encoder_folder
from course_lib.support.models.engine import EntityModel
from course_lib.support.models.entities import Token
from course_lib.support.models.transformers_engine import load_embedded
from maintenance.adapters.command import Scores, run
from maintenance.adapters.data import read_tagged_sentences
from maintenance.adapters.training import Recipe, adapted, fit, pad

RECIPE = Recipe(
    seed=20_260_101,
    epochs=3,
    batch_size=16,
    learning_rate=1e-3,
    max_tokens=128,
    lora_rank=32,
    lora_alpha=64,
    lora_dropout=0.05,
)
BARS = {"test_f1": 0.84}
KINDS = ("PER", "ORG", "LOC")

Span = tuple[int, int, str]

_NOT_A_LABEL = -100  # What the loss of PyTorch leaves out.


def train(recipe: Recipe) -> PeftModel:
    """A model trained on the training split.

    Every piece of a word is labelled, not only the first: the text to come is not cut into words
    the way CoNLL is, "U.S." being one word there and four pieces here.
    """
    tokenizer = BertTokenizerFast.from_pretrained(encoder_folder())
    sentences = read_tagged_sentences("train")
    encoded = tokenizer(
        [sentence.words for sentence in sentences],
        is_split_into_words=True,
        truncation=True,
        max_length=recipe.max_tokens,
    )
    targets = [
        _piece_labels(sentence.tags, encoded.word_ids(index))
        for index, sentence in enumerate(sentences)
    ]

    def loss_of(logits: torch.Tensor, batch: Sequence[int]) -> torch.Tensor:
        target = pad([targets[index] for index in batch], _NOT_A_LABEL)
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten())

    model = adapted(BertForTokenClassification, LABELS["entities"], TaskType.TOKEN_CLS, recipe)
    fit(model, encoded["input_ids"], loss_of, recipe)
    return model


def _piece_labels(tags: Sequence[str], word_ids: Sequence[int | None]) -> list[int]:
    """The label of each piece: that of its word, where B- holds for the first piece alone."""
    labels = []
    previous = None
    for word in word_ids:
        if word is None:
            labels.append(_NOT_A_LABEL)
        else:
            tag = tags[word] if word != previous else tags[word].replace("B-", "I-")
            labels.append(LABELS["entities"].index(tag))
        previous = word
    return labels


def score(adapter: Path | None) -> Scores:
    """F1 over exact spans, as CoNLL counts it, on the test and validation splits."""
    entities = load_entities()
    if adapter:
        entities = EntityModel(load_embedded("entities", adapter), LABELS["entities"])
    scores: Scores = {}
    for split in ("test", "validation"):
        sentences = read_tagged_sentences(split)
        tokens = entities([" ".join(sentence.words) for sentence in sentences])
        gold = [spans(sentence.tags) for sentence in sentences]
        found = [
            spans(_word_tags(sentence.words, labelled))
            for sentence, labelled in zip(sentences, tokens, strict=True)
        ]
        scores[f"{split}_f1"] = round(f1(gold, found), 4)
        for kind in KINDS:
            scores[f"{split}_f1_{kind}"] = round(f1(_only(kind, gold), _only(kind, found)), 4)
    return scores


def _word_tags(words: Sequence[str], tokens: Sequence[Token]) -> list[str]:
    """The tag of each word: the label of its first piece."""
    labels = {token.start: token.label for token in tokens}
    starts = itertools.accumulate((len(word) + 1 for word in words[:-1]), initial=0)
    return [labels.get(start, "O") for start in starts]


def spans(tags: Sequence[str]) -> set[Span]:
    """The names in a sentence: where each starts, where it ends (the next word), and its kind."""
    found = set()
    start = 0
    kind = ""
    for position, tag in enumerate([*tags, "O"]):
        if kind and tag != f"I-{kind}":
            found.add((start, position, kind))
            kind = ""
        if not kind and tag != "O":
            start, kind = position, tag[2:]
    return found


def f1(gold: Sequence[set[Span]], found: Sequence[set[Span]]) -> float:
    """The harmonic mean of precision and recall over all sentences."""
    right = sum(len(g & f) for g, f in zip(gold, found, strict=True))
    return 2 * right / (sum(map(len, gold)) + sum(map(len, found)))


def _only(kind: str, sentences: Sequence[set[Span]]) -> list[set[Span]]:
    return [{span for span in sentence if span[2] == kind} for sentence in sentences]


if __name__ == "__main__":
    sys.exit(run(ADAPTERS / "entities", RECIPE, train, score, BARS))
