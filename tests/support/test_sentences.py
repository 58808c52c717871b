"""The sentence splitter: where English sentences end, and what of an extract is no sentence."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import sentencex

from course_lib.support import sentences
from course_lib.support.sentences import (
    MAX_SENTENCE_CHARS,
    first_sentences,
    lead,
    split_sentences,
)

EXTRACT = """Ada Lovelace was a mathematician. She wrote the first program.

Her notes were read for a century.

== Early life ==
Lovelace was born in London.
=== Education ===
She studied with Dr. De Morgan."""


CASES = Path(__file__).with_name("sentence_cases.jsonl").read_text("utf-8").splitlines()


@pytest.mark.parametrize("case", [*map(json.loads, CASES)], ids=lambda case: case["input"][:40])
def test_text_is_cut_where_a_reader_would_cut_it(case: dict[str, Any]) -> None:
    assert split_sentences(case["input"]) == case["want"]


def test_headings_are_left_out_and_a_line_never_runs_into_the_next() -> None:
    assert split_sentences(EXTRACT) == [
        "Ada Lovelace was a mathematician.",
        "She wrote the first program.",
        "Her notes were read for a century.",
        "Lovelace was born in London.",
        "She studied with Dr. De Morgan.",
    ]


def test_the_lead_ends_at_the_first_heading() -> None:
    assert lead(EXTRACT).strip().endswith("for a century.")
    assert lead("No heading here.") == "No heading here."
    assert lead("== Only ==\nBelow.") == ""


def test_equals_signs_in_a_sentence_make_no_heading() -> None:
    assert split_sentences("In physics E = mc2 holds.") == ["In physics E = mc2 holds."]


@pytest.mark.parametrize("text", ["", " \n\n ", "== Empty ==", "...", "1 2 3."])
def test_a_text_without_a_letter_has_no_sentence(text: str) -> None:
    assert split_sentences(text) == []
    assert first_sentences(text, 100) == ([], False)


@pytest.mark.parametrize(
    ("max_chars", "expected"),
    [
        (1000, (["One is here.", "Two is here."], False)),
        (25, (["One is here.", "Two is here."], False)),
        (24, (["One is here."], True)),
        (3, (["One is here."], True)),
    ],
)
def test_only_whole_sentences_are_kept_and_always_the_first(
    max_chars: int, expected: tuple[list[str], bool]
) -> None:
    assert first_sentences("One is here. Two is here.", max_chars) == expected


@pytest.mark.parametrize("text", ["word " * 1000, "x" * 5000, "A, b; " * 900 + "end."])
def test_an_endless_sentence_is_cut_without_losing_a_letter(text: str) -> None:
    pieces = split_sentences(text)
    assert max(map(len, pieces)) <= MAX_SENTENCE_CHARS
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")


def test_every_sentence_is_a_piece_of_the_text_in_its_order() -> None:
    position = 0
    for sentence in split_sentences(EXTRACT):
        position = EXTRACT.index(sentence, position) + len(sentence)


def test_only_as_much_is_split_as_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    segment = sentences.sentencex.segment
    monkeypatch.setattr(
        sentences.sentencex, "segment", lambda *given: seen.append(given[1]) or segment(*given)
    )
    assert split_sentences("One.\nTwo. Three.\nFour.", 2) == ["One.", "Two."]
    assert seen == ["One.", "Two. Three."]


@pytest.mark.parametrize("piece", [".", "a. ", "\u3000", "= ", "Aa,\na\n", "I.\u3000", "\ud800"])
def test_hostile_text_takes_no_time(piece: str) -> None:
    started = time.perf_counter()
    split_sentences(piece * 200_000)
    assert time.perf_counter() - started < 60


def test_of_a_long_line_no_more_is_cut_than_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    segment, seen = sentencex.segment, []

    def counted(language: str, text: str) -> list[str]:
        seen.append(len(text))
        return segment(language, text)

    monkeypatch.setattr(sentencex, "segment", counted)
    text = "This is a sentence. " * 100_000
    assert len(split_sentences(text, 20)) == 20
    sentences, truncated = first_sentences(text, 6_000)
    assert (len(sentences), truncated) == (300, True)
    assert sum(seen) <= 40_000
