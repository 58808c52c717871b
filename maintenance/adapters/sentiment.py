"""Trains and scores the sentiment adapter on the rated snippets of Hutto and Gilbert (2014).

`python -m maintenance.adapters.sentiment [--score]`

A snippet is negative if the mean of its ratings (-4 to 4) is at most -0.5, positive if it is at
least 0.5, and else neutral. 600 snippets of each of the four domains are the test set; 300 more of
each are the validation set, the only one by which a setting was chosen.
"""

import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist

import torch
from peft import PeftModel, TaskType
from transformers import BertTokenizerFast

from course_lib.support.models import load_sentiment
from course_lib.support.models.embedded import ADAPTERS, LABELS
from course_lib.support.models.encoder import encoder_folder
from course_lib.support.models.engine import SentimentModel
from course_lib.support.models.mean_pooling import MeanPooledBertForSequenceClassification
from course_lib.support.models.transformers_engine import load_embedded
from maintenance.adapters.command import Scores, run
from maintenance.adapters.data import SNIPPET_FILES, Snippet, read_lexicon, read_snippets
from maintenance.adapters.training import Recipe, adapted, fit

RECIPE = Recipe(
    seed=20_260_101,
    epochs=2,
    batch_size=16,
    learning_rate=1e-3,
    max_tokens=96,
    lora_rank=32,
    lora_alpha=64,
    lora_dropout=0.05,
)
BARS = {"test_accuracy": 0.77, "test_right_side": 0.89}

SPLIT_SEED = 20_260_101
TEST_SNIPPETS = 600
VALIDATION_SNIPPETS = 300

OPINION_RATING = 0.5
# A mean of 15 to 20 people's ratings is itself uncertain by so much, so a snippet near a border
# between two classes is trained as partly one and partly the other.
RATING_DEVIATION = 0.4
# How much the lexicon counts in all, compared with one domain.
LEXICON_WEIGHT = 0.3


def split() -> dict[str, list[Snippet]]:
    """The snippets of "train", "validation" and "test", drawn one by one from each domain.

    A snippet whose text occurs in a held-out set is not trained on.
    """
    generator = random.Random(SPLIT_SEED)
    sets: dict[str, list[Snippet]] = {"train": [], "validation": [], "test": []}
    snippets = read_snippets()
    for domain in SNIPPET_FILES:
        drawn = [snippet for snippet in snippets if snippet.domain == domain]
        generator.shuffle(drawn)
        held_out = TEST_SNIPPETS + VALIDATION_SNIPPETS
        sets["test"] += drawn[:TEST_SNIPPETS]
        sets["validation"] += drawn[TEST_SNIPPETS:held_out]
        sets["train"] += drawn[held_out:]
    known = {snippet.text.lower() for snippet in sets["test"] + sets["validation"]}
    sets["train"] = [snippet for snippet in sets["train"] if snippet.text.lower() not in known]
    return sets


def class_index(rating: float) -> int:
    """The index in `LABELS["sentiment"]` of a mean rating."""
    return 1 + (rating >= OPINION_RATING) - (rating <= -OPINION_RATING)


def soft_target(rating: float) -> list[float]:
    """The probability of each class, the rating being the mean of a normal distribution."""
    distribution = NormalDist(rating, RATING_DEVIATION)
    negative = distribution.cdf(-OPINION_RATING)
    positive = 1 - distribution.cdf(OPINION_RATING)
    return [negative, 1 - negative - positive, positive]


def train(recipe: Recipe) -> PeftModel:
    """A model trained on the snippets for training and on the words of the lexicon."""
    tokenizer = BertTokenizerFast.from_pretrained(encoder_folder())
    snippets = split()["train"] + read_lexicon()
    texts = [snippet.text for snippet in snippets]
    examples = tokenizer(texts, truncation=True, max_length=recipe.max_tokens)["input_ids"]
    targets = torch.tensor([soft_target(snippet.rating) for snippet in snippets])
    weights = _weights(snippets)

    def loss_of(logits: torch.Tensor, batch: Sequence[int]) -> torch.Tensor:
        losses = torch.nn.functional.cross_entropy(logits, targets[batch], reduction="none")
        return (losses * weights[batch]).mean()

    model = adapted(
        MeanPooledBertForSequenceClassification, LABELS["sentiment"], TaskType.SEQ_CLS, recipe
    )
    fit(model, examples, loss_of, recipe)
    return model


def _weights(snippets: Sequence[Snippet]) -> torch.Tensor:
    """How much each counts: a domain by the root of its size, so that movies don't drown tweets."""
    sizes = Counter(snippet.domain for snippet in snippets)
    shares = {domain: size**-0.5 for domain, size in sizes.items()}
    shares["word"] *= LEXICON_WEIGHT
    weights = torch.tensor([shares[snippet.domain] for snippet in snippets])
    return weights / weights.mean()


def score(adapter: Path | None) -> Scores:
    """Two scores of the test and validation sets, each the mean over the four domains.

    "accuracy": the likeliest class is right. "right_side": of the snippets with an opinion, the
    positive class is likelier than the negative one, or the other way round, as it should be.
    """
    sentiment = load_sentiment()
    if adapter:
        sentiment = SentimentModel(load_embedded("sentiment", adapter), LABELS["sentiment"])
    scores: Scores = {}
    sets = split()
    for name in ("test", "validation"):
        found = sentiment([snippet.text for snippet in sets[name]])
        accuracies, right_sides = {}, {}
        for domain in SNIPPET_FILES:
            hits, sides = [], []
            for snippet, probabilities in zip(sets[name], found, strict=True):
                if snippet.domain != domain:
                    continue
                gold = class_index(snippet.rating)
                hits.append(
                    max(probabilities, key=probabilities.__getitem__) == LABELS["sentiment"][gold]
                )
                lean = probabilities["positive"] - probabilities["negative"]
                if gold != 1:
                    sides.append((lean > 0) == (gold == 2))
            accuracies[domain] = sum(hits) / len(hits)
            right_sides[domain] = sum(sides) / len(sides)
        for what, values in (("accuracy", accuracies), ("right_side", right_sides)):
            scores[f"{name}_{what}"] = round(sum(values.values()) / len(values), 4)
            scores |= {f"{name}_{what}_{domain}": round(v, 4) for domain, v in values.items()}
    return scores


if __name__ == "__main__":
    sys.exit(run(ADAPTERS / "sentiment", RECIPE, train, score, BARS))
