"""The sentence splitter: where English sentences end, and what of an extract is no sentence."""

import pytest

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


@pytest.mark.parametrize(
    "sentences",
    [
        ["It rained.", "Nobody came."],
        ["Dr. A. B. Smith met Mr. Jones on Jan. 5 near St. Ives.", "They talked."],
        ["J. R. R. Tolkien wrote it.", "The book sold well."],
        ["The rate was 3.14 per cent.", "It fell to 2.5 in 1999."],
        ["He moved to the U.S. Army base.", "Others stayed."],
        ["He moved to the U.S.", "The army followed."],
        ["It was founded by Smith Jr. Hall and Sons Inc.", "The firm grew."],
        ["It ended World War I.", "Peace came."],
        ["The vitamin was called C.", "It cures scurvy."],
        ['"Who are you?" he asked.', "Nobody answered!", "Really?"],
        ['He said "no."', "Then he left."],
        ["The plan failed (nobody knew why).", "(A second one worked.)", "All was well."],
        ["Wait...", "There is more."],
        ["He lived c. 450 BC (fl. 430), i.e. long ago.", "2 books survive."],
        ["See pp. 12 and No. 5 for e.g. Plato.", "Élan is a word."],
        ["Apples, pears, etc. are fruit.", "So are plums."],
    ],
)
def test_text_is_cut_where_a_reader_would_cut_it(sentences: list[str]) -> None:
    assert split_sentences(" ".join(sentences)) == sentences


def test_headings_are_left_out_and_a_line_never_runs_into_the_next() -> None:
    assert split_sentences(EXTRACT) == [
        "Ada Lovelace was a mathematician.",
        "She wrote the first program.",
        "Her notes were read for a century.",
        "Lovelace was born in London.",
        "She studied with Dr. De Morgan.",
    ]


def test_list_items_lose_their_bullets_and_lines_without_a_letter_vanish() -> None:
    assert split_sentences("* Mercury\n  – Venus\n1 + 1 = 2\n---\n") == ["Mercury", "Venus"]


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
