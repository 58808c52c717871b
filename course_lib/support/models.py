"""Loads the models that the settings name, the embedded ones by default.

The three kinds of model take lists of sentences and give plain results:

    sentiment = load_sentiment()
    sentiment(["What a fine day."])     # [{"negative": …, "neutral": …, "positive": …}]

    entities = load_entities()
    find_entities(sentences, entities(sentences), threshold=0.5, max_entities=10)

    summarize = load_summarizer()
    summarize(sentences)                # "Two or three sentences."

Each carries an ordinary transformers `model` and `tokenizer`, which work in a pipeline as well.
Nothing heavy is imported before a loader is called, so that a deployment without a model does not
pay for torch. The embedded models never touch the network. Whatever goes wrong is a `ModelError`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.support.encoder import ModelError
from course_lib.support.garbage import uncollected
from course_lib.support.settings import settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from course_lib.support.inference import EmbeddingModel, EntityModel, SentimentModel
    from course_lib.support.summarization import AbstractiveSummarizer, ExtractiveSummarizer

__all__ = ["ModelError", "load_embeddings", "load_entities", "load_sentiment", "load_summarizer"]

ADAPTERS = Path(__file__).parent / "adapters"
SENTIMENT_LABELS = ["negative", "neutral", "positive"]
ENTITY_LABELS = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]


@uncollected()
def load_sentiment(adapter: Path = ADAPTERS / "sentiment") -> "SentimentModel":
    """The model of `SENTIMENT_MODEL`, or the embedded one with the given adapter.

    Raises:
        ModelError: it cannot be loaded, or its labels are not those of a sentiment model.
    """
    from course_lib.support.inference import SentimentModel

    if name := settings().sentiment_model:
        from transformers import AutoModelForSequenceClassification

        from course_lib.support import hub

        model, tokenizer = hub.load(AutoModelForSequenceClassification, name)
        return SentimentModel(model, tokenizer, hub.sentiment_classes(model.config.id2label))

    from course_lib.support.embedded import load_classifier, load_tokenizer
    from course_lib.support.mean_pooling import MeanPooledBertForSequenceClassification

    model = load_classifier(MeanPooledBertForSequenceClassification, adapter, SENTIMENT_LABELS)
    return SentimentModel(model, load_tokenizer(), SENTIMENT_LABELS)


@uncollected()
def load_entities(adapter: Path = ADAPTERS / "entities") -> "EntityModel":
    """The model of `ENTITY_MODEL`, or the embedded one with the given adapter.

    Raises:
        ModelError: it cannot be loaded, or its labels are not those of an entity model.
    """
    from course_lib.support.inference import EntityModel

    if name := settings().entity_model:
        from transformers import AutoModelForTokenClassification

        from course_lib.support import hub

        model, tokenizer = hub.load(AutoModelForTokenClassification, name)
        return EntityModel(model, tokenizer, hub.entity_labels(model.config.id2label))

    from transformers import BertForTokenClassification

    from course_lib.support.embedded import load_classifier, load_tokenizer

    model = load_classifier(BertForTokenClassification, adapter, ENTITY_LABELS)
    return EntityModel(model, load_tokenizer(), ENTITY_LABELS)


@uncollected()
def load_embeddings() -> "EmbeddingModel | SentenceTransformer":
    """The SentenceTransformer of `EMBEDDING_MODEL`, or the embedded encoder. Both have `encode`.

    Raises:
        ModelError: it cannot be loaded.
    """
    if name := settings().embedding_model:
        from course_lib.support import hub

        return hub.load_sentence_transformer(name)

    from course_lib.support.embedded import load_encoder, load_tokenizer
    from course_lib.support.inference import EmbeddingModel

    return EmbeddingModel(load_encoder(), load_tokenizer())


@uncollected()
def load_summarizer() -> "ExtractiveSummarizer | AbstractiveSummarizer":
    """The abstractive summarizer of `SUMMARY_MODEL`, or the extractive one.

    Raises:
        ModelError: the model cannot be loaded.
    """
    from course_lib.support.summarization import AbstractiveSummarizer, ExtractiveSummarizer

    if name := settings().summary_model:
        from transformers import AutoModelForSeq2SeqLM

        from course_lib.support import hub

        return AbstractiveSummarizer(*hub.load(AutoModelForSeq2SeqLM, name))
    return ExtractiveSummarizer(load_embeddings())
