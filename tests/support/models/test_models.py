"""The loaders and the embedded models: results, order, silence, and both engines in agreement."""

from collections.abc import Iterator

import numpy as np
import pytest
from pydantic import ValidationError

from course_lib.support.models import (
    load_embeddings,
    load_entities,
    load_sentiment,
    load_summarizer,
)
from course_lib.support.models.encoder import encoder_folder
from course_lib.support.settings import settings
from tests.support.python import run_python

SENTENCES = [
    "Short one.",
    "The committee, which had met for many hours, could not agree on anything that day.",
    "Albert Einstein was born in Ulm.",
    *(f"Sentence number {number} is here." for number in range(12)),
    "Zürich, naïve café, 北京, [SEP] and [CLS] written out, and an emoji \N{GRINNING FACE}.",
    "word " * 2_000,
    "",
]


@pytest.fixture
def set_setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Sets settings by environment variables, and forgets them afterwards."""
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


def test_loading_is_light_silent_and_asks_no_network() -> None:
    code = """
import socket, sys

def refuse(*_):
    raise AssertionError("the network was asked")

socket.socket.connect = socket.getaddrinfo = refuse
from course_lib.support import models, sentences
models.load_sentiment()(["One."])
models.load_entities()(["One."])
models.load_summarizer()(["One is here, and so are we.", "Two is here, and so are we."])
heavy = {"torch", "transformers", "onnx", "scipy", "sklearn"} & set(sys.modules)
assert not heavy, heavy
"""
    load_sentiment(), load_entities(), load_embeddings()  # their files are there from here on
    done = run_python(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_both_engines_give_the_same_sentiment() -> None:
    light, heavy = load_sentiment("onnx")(SENTENCES), load_sentiment("transformers")(SENTENCES)
    for ours, theirs in zip(light, heavy, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)
        assert sum(ours.values()) == pytest.approx(1, abs=1e-5)


def test_both_engines_give_the_same_tokens() -> None:
    light, heavy = load_entities("onnx")(SENTENCES), load_entities("transformers")(SENTENCES)
    for ours, theirs in zip(light, heavy, strict=True):
        assert [token[:3] for token in ours] == [token[:3] for token in theirs]
        scores = [token.score for token in theirs]
        assert [token.score for token in ours] == pytest.approx(scores, abs=1e-5)


def test_both_engines_give_the_embeddings_of_sentence_transformers() -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(encoder_folder()), device="cpu").encode(SENTENCES)
    for engine in ("onnx", "transformers"):
        ours = load_embeddings(engine).encode(SENTENCES)
        assert ours.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_a_sentence_is_judged_the_same_whatever_its_neighbours(
    set_setting: pytest.MonkeyPatch, precision: str
) -> None:
    set_setting.setenv("MODEL_PRECISION", precision)
    sentiment = load_sentiment()
    together = sentiment(SENTENCES)
    for sentence, scores in zip(SENTENCES, together, strict=True):
        # In 8 bits to the last bit: a number that falls on another side would be a step away.
        tolerance = 1e-5 if precision == "float32" else 0
        assert sentiment([sentence])[0] == pytest.approx(scores, abs=tolerance, rel=0)


def test_the_verdicts_stay_close_in_8_bits(set_setting: pytest.MonkeyPatch) -> None:
    sentences = SENTENCES[:-2]
    exact, names = load_sentiment()(sentences), load_entities()(sentences)
    settings.cache_clear()
    set_setting.setenv("MODEL_PRECISION", "int8")
    rough = load_sentiment()(sentences)
    assert rough != exact
    for scores, expected in zip(rough, exact, strict=True):
        assert scores == pytest.approx(expected, abs=0.15)
    tokens = [token for sentence in names for token in sentence]
    found = [token for sentence in load_entities()(sentences) for token in sentence]
    differ = [a for a, b in zip(tokens, found, strict=True) if a.label != b.label]
    assert len(differ) <= len(tokens) / 50


@pytest.mark.parametrize(
    ("variable", "value"), [("MODEL_PRECISION", "int4"), ("MODEL_ENGINE", "tensorflow")]
)
def test_another_value_is_refused(
    set_setting: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    set_setting.setenv(variable, value)
    with pytest.raises(ValidationError, match=variable.lower()):
        settings()


def test_a_setting_chooses_the_engine(set_setting: pytest.MonkeyPatch) -> None:
    set_setting.setenv("MODEL_ENGINE", "transformers")
    assert type(load_sentiment().engine).__name__ == "TransformersEngine"
    assert type(load_sentiment("onnx").engine).__name__ == "OnnxEngine"


def test_each_sentence_gets_its_own_tokens() -> None:
    found = load_entities()(SENTENCES)
    assert len(found) == len(SENTENCES)
    assert found[-1] == []
    words = [SENTENCES[2][token.start : token.end] for token in found[2]]
    assert "".join(words) == SENTENCES[2].replace(" ", "")


@pytest.mark.parametrize("engine", ["onnx", "transformers"])
def test_no_sentence_gives_no_result(engine: str) -> None:
    assert load_sentiment(engine)([]) == []
    assert load_entities(engine)([]) == []
    assert load_embeddings(engine).encode([]).shape == (0, 384)
    assert load_summarizer()([]) == ""


def test_the_adapter_is_merged_and_the_model_works_in_a_plain_pipeline() -> None:
    from transformers import pipeline

    sentiment = load_sentiment("transformers")
    model, tokenizer = sentiment.engine.model, sentiment.engine.tokenizer
    assert not [name for name, _ in model.named_parameters() if "lora" in name]
    best = pipeline("text-classification", model=model, tokenizer=tokenizer)("What a day.")[0]
    assert best["score"] == pytest.approx(sentiment(["What a day."])[0][best["label"]])
