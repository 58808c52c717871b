"""Layers in 8-bit integers: close to the originals, whatever the neighbours, and a setting."""

from collections.abc import Iterator

import pytest
import torch
from pydantic import ValidationError

from course_lib.support.int8 import Int8Linear
from course_lib.support.models import load_embeddings, load_entities, load_sentiment
from course_lib.support.settings import settings

SENTENCES = [
    "What a wonderful day.",
    "The war was a disaster, and many thousands lost their homes.",
    "Albert Einstein was born in Ulm, in the Kingdom of Württemberg.",
    "word " * 300,
    "",
]


@pytest.fixture
def int8(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The setting, for the models loaded meanwhile."""
    settings.cache_clear()
    monkeypatch.setenv("MODEL_PRECISION", "int8")
    yield
    settings.cache_clear()


def int8_layers(model: torch.nn.Module) -> int:
    return sum(isinstance(module, Int8Linear) for module in model.modules())


def test_a_layer_gives_nearly_what_the_original_gives() -> None:
    torch.manual_seed(0)
    linear = torch.nn.Linear(384, 1536)
    values = torch.randn(2, 30, 384)
    values[0, 0] = 0
    values[1] *= 1_000
    with torch.inference_mode():
        expected, found = linear(values), Int8Linear(linear)(values)
    assert found.shape == expected.shape
    error = (found - expected).norm(dim=-1) / expected.norm(dim=-1)
    assert error.max() < 0.02
    assert torch.equal(found[0, 0], linear.bias)


@pytest.mark.usefixtures("int8")
def test_a_setting_changes_the_encoder_and_leaves_the_head() -> None:
    for model in (load_sentiment().model, load_entities().model, load_embeddings().model):
        assert int8_layers(model) == 6 * 6
    assert isinstance(load_sentiment().model.classifier, torch.nn.Linear)


def test_without_the_setting_nothing_changes() -> None:
    assert int8_layers(load_sentiment().model) == 0


@pytest.mark.usefixtures("int8")
def test_a_sentence_is_judged_the_same_whatever_its_neighbours() -> None:
    sentiment = load_sentiment()
    together = sentiment(SENTENCES)
    for sentence, scores in zip(SENTENCES, together, strict=True):
        assert sentiment([sentence])[0] == pytest.approx(scores, abs=1e-3)


def test_the_verdicts_stay_close(request: pytest.FixtureRequest) -> None:
    exact = load_sentiment()(SENTENCES)
    names = load_entities()(SENTENCES)
    request.getfixturevalue("int8")
    for scores, expected in zip(load_sentiment()(SENTENCES), exact, strict=True):
        assert scores == pytest.approx(expected, abs=0.1)
    labels = [[token.label for token in tokens] for tokens in load_entities()(SENTENCES[:3])]
    assert labels == [[token.label for token in tokens] for tokens in names[:3]]


def test_another_precision_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    settings.cache_clear()
    monkeypatch.setenv("MODEL_PRECISION", "int4")
    with pytest.raises(ValidationError, match="model_precision"):
        settings()
