"""The choice of sentences, on vectors made by hand, and both summarizers around it."""

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from course_lib.support.models import load_summarizer
from course_lib.support.models.summarization import (
    SUMMARY_SENTENCES,
    ExtractiveSummarizer,
    choose_sentences,
    is_real_sentence,
)
from course_lib.support.settings import settings


def unit(rows: Sequence[Sequence[float]]) -> np.ndarray:
    vectors = np.array(rows, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class FakeEmbeddings:
    """Gives each sentence a direction of its own, always the same."""

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        own = [np.random.default_rng(zlib.crc32(it.encode())).normal(size=8) for it in sentences]
        return unit(np.array(own).reshape(-1, 8))


def test_the_first_sentence_is_always_there_and_the_order_is_the_articles() -> None:
    embeddings = FakeEmbeddings().encode([str(number) for number in range(30)])
    chosen = choose_sentences(embeddings, 3)
    assert chosen[0] == 0
    assert chosen == sorted(set(chosen))
    assert len(chosen) == 3


def test_a_sentence_near_the_centre_wins_over_a_stray_one() -> None:
    embeddings = unit([[1, 0, 0], [0, 0, -1], [1, 0.5, 0], [0.9, 0.6, 0.1]])
    assert choose_sentences(embeddings, 2)[1] != 1


def test_the_same_thing_is_not_said_twice() -> None:
    embeddings = unit([[1, 0, 0], [1, 0, 0], [0.6, 0.8, 0], [0.6, 0, 0.8]])
    assert 1 not in choose_sentences(embeddings, 3)


def test_of_two_almost_equal_sentences_the_earlier_wins() -> None:
    embeddings = unit([[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 0, 0.05]])
    assert choose_sentences(embeddings, 2) == [0, 1]


def test_no_sentence_is_chosen_twice() -> None:
    embeddings = unit([[1, 0], [-1, 0.1], [-1, 0.2]])
    assert choose_sentences(embeddings, 3) == [0, 1, 2]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_sentences_than_wanted_are_all_chosen(count: int) -> None:
    assert choose_sentences(np.eye(8, dtype=np.float32)[:count], 3) == list(range(count))


@pytest.mark.parametrize(
    ("sentence", "real"),
    [
        ("The ship sailed to Norway in 1905.", True),
        ('The captain said "we shall not turn back."', True),
        ("Too short by far.", False),
        ("Ships that sailed to Norway in 1905", False),
        ("sailed to Norway with all the others.", False),
        ("However, the ship sailed to Norway in 1905.", False),
        ("Thisbe loved Pyramus in an old tale.", True),
        ("The " + "very " * 60 + "long ship sailed.", False),
    ],
)
def test_a_real_sentence_is_whole_and_stands_by_itself(sentence: str, real: bool) -> None:
    assert is_real_sentence(sentence) is real


def test_the_summary_is_made_of_whole_sentences_of_the_article() -> None:
    sentences = ["Heading-like fragment"]
    sentences += [f"Sentence number {number} says something new." for number in range(20)]
    summary = ExtractiveSummarizer(FakeEmbeddings())(sentences)
    chosen = [sentence for sentence in sentences if sentence in summary]
    assert len(chosen) == SUMMARY_SENTENCES
    assert summary == " ".join(chosen)


@pytest.mark.parametrize(
    ("sentences", "summary"),
    [
        ([], ""),
        (["Mercury"], "Mercury"),
        (["Mercury", "Venus"], "Mercury"),
        (["Mercury", "Venus is the second planet there."], "Venus is the second planet there."),
    ],
)
def test_a_tiny_article_is_its_own_summary(sentences: list[str], summary: str) -> None:
    assert ExtractiveSummarizer(FakeEmbeddings())(sentences) == summary


def test_articles_together_have_the_summaries_that_each_has_alone() -> None:
    summarize = ExtractiveSummarizer(FakeEmbeddings())
    articles = [
        [f"Sentence number {number} says something about {topic}." for number in range(9)]
        for topic in ("ships", "stars")
    ]
    articles[1:1] = [[], ["Mercury"]]
    assert summarize.each(articles) == [summarize(article) for article in articles]
    assert summarize.each([]) == []


@pytest.fixture
def tiny_seq2seq(tmp_path: Path) -> Path:
    """A folder with an untrained sequence-to-sequence model and a tokenizer of a dozen words."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

    words = ["<pad>", "</s>", "<unk>", *"the ship sailed to Norway a captain and crew".split()]
    vocabulary = {word: index for index, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(tmp_path)
    config = T5Config(
        vocab_size=len(words), d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2,
        decoder_start_token_id=0, pad_token_id=0, eos_token_id=1,
    )  # fmt: skip
    T5ForConditionalGeneration(config).save_pretrained(tmp_path)
    return tmp_path


def test_a_setting_gives_a_model_that_writes_the_summary(
    tiny_seq2seq: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUMMARY_MODEL", str(tiny_seq2seq))
    settings.cache_clear()
    try:
        summarize = load_summarizer()
        assert isinstance(summarize(["The ship sailed to Norway.", "word " * 3000]), str)
        assert summarize([]) == ""
        assert summarize.each([[], ["The ship."]]) == ["", summarize(["The ship."])]
    finally:
        settings.cache_clear()
