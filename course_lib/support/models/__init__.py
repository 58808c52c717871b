"""Loads the models that the settings name, the embedded ones by default.

The three kinds of model take lists of sentences and give plain results:

    sentiment = load_sentiment()
    sentiment(["What a fine day."])     # [{"negative": …, "neutral": …, "positive": …}]

    entities = load_entities()
    find_entities(sentences, entities(sentences), threshold=0.5, max_entities=10)

    summarize = load_summarizer()
    summarize(sentences)                # "Two or three sentences."

Each has `.each(articles)`, too: a list of such lists, one result an article. A chat model writes
one token after the other, see `chat`: `load_chat()`.

The embedded models run on ONNX Runtime, so that a replica imports neither torch nor transformers,
and touch no network. With `engine="transformers"`, or `MODEL_ENGINE` set to it, they are ordinary
transformers objects, `.engine.model` and `.engine.tokenizer`, as those of the hub always are.
Whatever goes wrong is a `ModelError`.
"""

from typing import TYPE_CHECKING

from course_lib.support.models.embedded import LABELS, MAX_TOKENS
from course_lib.support.models.encoder import ModelError
from course_lib.support.models.engine import EmbeddingModel, Engine, EntityModel, SentimentModel
from course_lib.support.models.summarization import AbstractiveSummarizer, ExtractiveSummarizer
from course_lib.support.settings import EngineName, settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from course_lib.support.models.chat import ChatModel

__all__ = [
    "ModelError",
    "load_chat",
    "load_embeddings",
    "load_entities",
    "load_sentiment",
    "load_summarizer",
]


def load_sentiment(engine: EngineName | None = None) -> SentimentModel:
    """The model of `SENTIMENT_MODEL`, or the embedded one.

    Raises:
        ModelError: it cannot be loaded, or its labels are not those of a sentiment model.
    """
    if name := settings().sentiment_model:
        from course_lib.support.models import hub

        loaded = hub.load_engine("AutoModelForSequenceClassification", name)
        return SentimentModel(loaded, hub.sentiment_classes(loaded.model.config.id2label))
    return SentimentModel(_embedded("sentiment", engine), LABELS["sentiment"])


def load_entities(engine: EngineName | None = None) -> EntityModel:
    """The model of `ENTITY_MODEL`, or the embedded one.

    Raises:
        ModelError: it cannot be loaded, or its labels are not those of an entity model.
    """
    if name := settings().entity_model:
        from course_lib.support.models import hub

        loaded = hub.load_engine("AutoModelForTokenClassification", name)
        return EntityModel(loaded, hub.entity_labels(loaded.model.config.id2label))
    return EntityModel(_embedded("entities", engine), LABELS["entities"])


def load_embeddings(engine: EngineName | None = None) -> "EmbeddingModel | SentenceTransformer":
    """The SentenceTransformer of `EMBEDDING_MODEL`, or the embedded encoder. Both have `encode`.

    Raises:
        ModelError: it cannot be loaded.
    """
    if name := settings().embedding_model:
        from course_lib.support.models import hub

        return hub.load_sentence_transformer(name)
    return EmbeddingModel(_embedded("embeddings", engine))


def load_summarizer() -> ExtractiveSummarizer | AbstractiveSummarizer:
    """The abstractive summarizer of `SUMMARY_MODEL`, or the extractive one.

    Raises:
        ModelError: the model cannot be loaded.
    """
    if name := settings().summary_model:
        from course_lib.support.models import hub

        engine = hub.load_engine("AutoModelForSeq2SeqLM", name)
        return AbstractiveSummarizer(engine.model, engine.tokenizer)
    return ExtractiveSummarizer(load_embeddings())


def load_chat() -> "ChatModel":
    """The chat model of `CHAT_MODEL`, or the embedded one, with PyTorch and transformers.

    Raises:
        ModelError: it cannot be loaded, or it is no chat model.
    """
    from course_lib.support.models import hub
    from course_lib.support.models.chat import ChatModel
    from course_lib.support.models.chat_files import chat_folder

    name = settings().chat_model or str(chat_folder())
    engine = hub.load_engine("AutoModelForCausalLM", name)
    return ChatModel(engine.model, engine.tokenizer)


def _embedded(name: str, engine: EngineName | None) -> Engine:
    """Each engine is imported where it is wanted: torch and transformers take seconds."""
    if (engine or settings().model_engine) == "transformers":
        from course_lib.support.models.transformers_engine import load_embedded

        return load_embedded(name)
    from course_lib.support.models.onnx_engine import OnnxEngine
    from course_lib.support.models.onnx_files import model_graph

    return OnnxEngine(model_graph(name), MAX_TOKENS[name])
