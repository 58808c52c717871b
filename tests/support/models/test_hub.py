"""Models that a setting names, from a folder or the Hugging Face hub, and their labels."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from course_lib.support.models import (
    hub,
    load_embeddings,
    load_entities,
    load_sentiment,
    load_summarizer,
)
from course_lib.support.models.encoder import ModelError, encoder_folder
from course_lib.support.settings import settings
from tests.support.python import run_python


@pytest.fixture
def set_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Sets settings by environment variables, and forgets them afterwards."""
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


def tiny_bert(folder: Path, auto_class: str, labels: list[str]) -> None:
    """Save an untrained BERT of 20 thousand weights with these labels, and the tokenizer."""
    import transformers

    config = transformers.BertConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        id2label=dict(enumerate(labels)),
    )
    getattr(transformers, auto_class)(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(encoder_folder() / name, folder)


def test_another_sentiment_model_is_one_setting_away(
    set_model: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tiny_bert(tmp_path, "BertForSequenceClassification", ["POSITIVE", "NEGATIVE"])
    set_model.setenv("SENTIMENT_MODEL", str(tmp_path))
    sentiment = load_sentiment()
    encoded = sentiment.engine.tokenizer(["Fine."], return_tensors="pt")
    with torch.inference_mode():
        positive, negative = sentiment.engine.model(**encoded).logits.softmax(-1)[0].tolist()
    expected = {"negative": negative, "neutral": 0.0, "positive": positive}
    assert sentiment(["Fine."])[0] == pytest.approx(expected)


def test_another_entity_model_is_one_setting_away(
    set_model: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tiny_bert(tmp_path, "BertForTokenClassification", ["B-PERSON", "B-GPE"])
    set_model.setenv("ENTITY_MODEL", str(tmp_path))
    assert {token.label for token in load_entities()(["Anna Bern"])[0]} <= {"B-PER", "B-LOC"}


def test_another_encoder_is_one_setting_away_and_pools_as_it_was_saved_to(
    set_model: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    tiny_bert(tmp_path / "bert", "BertModel", [])
    encoder = Transformer(str(tmp_path / "bert"))
    pooling = Pooling(16, pooling_mode="cls")
    SentenceTransformer(modules=[encoder, pooling], device="cpu").save(str(tmp_path / "saved"))
    set_model.setenv("EMBEDDING_MODEL", str(tmp_path / "saved"))
    embeddings = load_embeddings().encode(["Anna", "Bern"])

    tokens = encoder.tokenizer(["Anna", "Bern"], return_tensors="pt")
    first_tokens = encoder.auto_model(**tokens)[0][:, 0]
    np.testing.assert_allclose(embeddings, first_tokens.detach().numpy(), atol=1e-5)


@pytest.mark.parametrize(
    ("setting", "loader"),
    [
        ("SENTIMENT_MODEL", load_sentiment),
        ("ENTITY_MODEL", load_entities),
        ("EMBEDDING_MODEL", load_embeddings),
        ("SUMMARY_MODEL", load_summarizer),
    ],
)
def test_a_folder_without_a_model_is_refused(
    set_model: pytest.MonkeyPatch, tmp_path: Path, setting: str, loader
) -> None:
    (tmp_path / "notes.txt").write_text("nothing here", encoding="utf-8")
    set_model.setenv(setting, str(tmp_path))
    with pytest.raises(ModelError, match=r"^Give the folder .* leave the setting empty"):
        loader()


@pytest.mark.parametrize("path", ["/no/such/model", "./model", "~/model"])
def test_a_folder_that_is_not_there_is_no_hub_id(set_model: pytest.MonkeyPatch, path: str) -> None:
    set_model.setenv("SENTIMENT_MODEL", path)
    with pytest.raises(ModelError, match=f"There is no folder '{path}'"):
        load_sentiment()


def test_a_model_of_another_kind_is_refused_by_its_labels(
    set_model: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tiny_bert(tmp_path, "BertForSequenceClassification", ["spam", "ham"])
    set_model.setenv("SENTIMENT_MODEL", str(tmp_path))
    with pytest.raises(ModelError, match="not those of a sentiment model: spam, ham"):
        load_sentiment()


def test_an_unreachable_hub_is_reported_within_seconds(tmp_path: Path) -> None:
    code = """
import time
from course_lib.support.models import ModelError, load_sentiment
import transformers
start = time.monotonic()
try:
    load_sentiment()
except ModelError as error:
    print(round(time.monotonic() - start), error)
"""
    done = run_python(
        code,
        SENTIMENT_MODEL="someone/some-model",
        HF_ENDPOINT="http://127.0.0.1:9",
        HF_HOME=str(tmp_path),
    )
    seconds, message = done.stdout.split(" ", 1)
    assert int(seconds) < 20
    assert message.startswith("The Hugging Face hub cannot be reached")


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["LABEL_0", "LABEL_1"], ["negative", "positive"]),
        (["LABEL_0", "LABEL_1", "LABEL_2"], ["negative", "neutral", "positive"]),
        (["POS", "NEG", "NEU"], ["positive", "negative", "neutral"]),
        (["Very Negative", "negative", "Neutral", "positive", "very_positive"],
         ["negative", "negative", "neutral", "positive", "positive"]),
        (["1 star", "3 stars", "5 stars"], ["negative", "neutral", "positive"]),
    ],
)  # fmt: skip
def test_sentiment_labels_are_understood(labels: list[str], classes: list[str]) -> None:
    assert hub.sentiment_classes(dict(enumerate(labels))) == classes


@pytest.mark.parametrize(
    "labels",
    [["LABEL_0"], ["LABEL_0"] * 4, ["positive", "neutral"], ["joy", "positive", "negative"]],
)
def test_sentiment_labels_that_say_too_little_are_refused(labels: list[str]) -> None:
    with pytest.raises(ModelError, match="not those of a sentiment model"):
        hub.sentiment_classes(dict(enumerate(labels)))


@pytest.mark.parametrize(
    ("labels", "understood"),
    [
        (["O", "B-PER", "I-PER", "B-MISC"], ["O", "B-PER", "I-PER", "O"]),
        (["O", "B-PERSON", "I-GPE", "I-ORGANIZATION"], ["O", "B-PER", "I-LOC", "I-ORG"]),
        (["O", "U-LOC", "L-LOC", "S-ORG", "E-ORG"], ["O", "B-LOC", "I-LOC", "B-ORG", "I-ORG"]),
        (["O", "person", "location"], ["O", "I-PER", "I-LOC"]),
    ],
)
def test_entity_labels_are_understood(labels: list[str], understood: list[str]) -> None:
    assert hub.entity_labels(dict(enumerate(labels))) == understood


def test_entity_labels_without_a_known_kind_are_refused() -> None:
    with pytest.raises(ModelError, match="not those of an entity model: LABEL_0, LABEL_1"):
        hub.entity_labels({0: "LABEL_0", 1: "LABEL_1"})
