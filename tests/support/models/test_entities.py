"""From labelled tokens to names: whole words, capitals, merging, order, limits. No model."""

import re

import pytest

from course_lib.support.models.entities import Token, find_entities


def label(sentence: str, **labels: str) -> list[Token]:
    """The sentence's words and punctuation as tokens; `labels` by word, sure to 0.9."""
    return [
        Token(match.start(), match.end(), labels.get(match.group(), "O"), 0.9)
        for match in re.finditer(r"\w+|[^\w\s]", sentence)
    ]


def names(*labelled: tuple[str, list[Token]], threshold: float = 0.5, max_entities: int = 10):
    sentences, tokens = zip(*labelled, strict=True)
    return find_entities(sentences, tokens, threshold, max_entities)


def texts(sentence: str, **labels: str) -> list[str]:
    return [entity["text"] for entity in names((sentence, label(sentence, **labels)))]


def test_a_name_is_spelled_as_the_text_spells_it() -> None:
    sentence = "In 1905 Albert Einstein left Bern."
    tokens = label(sentence, Albert="B-PER", Einstein="I-PER", Bern="B-LOC")
    assert names((sentence, tokens)) == [
        {"text": "Albert Einstein", "label": "PER", "score": 0.9},
        {"text": "Bern", "label": "LOC", "score": 0.9},
    ]


def test_a_piece_of_a_word_stands_for_the_whole_word() -> None:
    sentence = "Antisthenes spoke."
    tokens = [Token(0, 4, "B-PER", 0.8), Token(4, 11, "O", 0.9), Token(12, 17, "O", 0.9)]
    assert names((sentence, tokens)) == [{"text": "Antisthenes", "label": "PER", "score": 0.8}]


def test_a_label_on_a_later_piece_alone_makes_no_name() -> None:
    sentence = "McDonald spoke."
    tokens = [Token(0, 2, "O", 0.8), Token(2, 8, "B-PER", 0.9), Token(9, 14, "O", 0.9)]
    assert names((sentence, tokens)) == []


def test_offsets_that_include_the_space_before_a_word_do_no_harm() -> None:
    sentence = "In Bern."
    tokens = [Token(0, 2, "O", 0.9), Token(2, 5, "B-LOC", 0.9), Token(5, 7, "O", 0.9)]
    assert names((sentence, tokens))[0]["text"] == "Bern"


def test_neighbours_of_another_kind_or_with_a_new_start_are_names_of_their_own() -> None:
    assert texts("Paris Hilton", Paris="B-LOC", Hilton="I-PER") == ["Paris", "Hilton"]
    assert texts("Paris London", Paris="B-LOC", London="B-LOC") == ["Paris", "London"]


@pytest.mark.parametrize("word", ["physics", "the", "of"])
def test_what_is_written_small_is_no_name(word: str) -> None:
    assert texts(f"He liked {word} much.", **{word: "B-ORG"}) == []


def test_a_lone_letter_is_no_name() -> None:
    assert texts("He met P in Bern.", P="B-PER", Bern="B-LOC") == ["Bern"]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("He is in the Soviet Union now", "Soviet Union"),
        ("The Soviet Union fell", "Soviet Union"),
        ("He is in The Hague", "The Hague"),
        ("A work of van Gogh", "van Gogh"),
        ("A work of Vincent van Gogh of", "Vincent van Gogh"),
        ("He is (Bern)", "Bern"),
        ("Born to Sammy Davis Jr.", "Sammy Davis Jr."),
        ("Made in the U.S.", "U.S."),
        ("Made in Bern.", "Bern"),
    ],
)
def test_what_does_not_belong_to_a_name_is_cut_off(sentence: str, expected: str) -> None:
    outside = {"He", "is", "in", "now", "fell", "A", "work", "Born", "to", "Made"}
    words = [word for word in re.findall(r"\w+|[^\w\s]", sentence) if word not in outside]
    assert texts(sentence, **dict.fromkeys(words, "I-LOC")) == [expected]


def test_mentions_merge_into_the_most_frequent_spelling_label_and_the_mean_score() -> None:
    mentions = [("NASA", "I-ORG", 0.9), ("Nasa", "I-LOC", 0.3), ("NASA", "I-ORG", 0.6)]
    labelled = [(text, [Token(0, 4, tag, score)]) for text, tag, score in mentions]
    assert names(*labelled) == [{"text": "NASA", "label": "ORG", "score": 0.6}]


def test_the_surest_come_first_then_the_most_frequent_then_the_earliest() -> None:
    labelled = [
        (text, [Token(0, len(text), "B-PER", score)])
        for text, score in [("Al", 0.9), ("Bo", 0.9), ("Cy", 0.99), ("Bo", 0.9), ("Di", 0.9)]
    ]
    assert [entity["text"] for entity in names(*labelled)] == ["Cy", "Bo", "Al", "Di"]
    assert [entity["text"] for entity in names(*labelled, max_entities=2)] == ["Cy", "Bo"]
    assert [entity["text"] for entity in names(*labelled, threshold=0.95)] == ["Cy"]


def test_no_sentence_has_no_names() -> None:
    assert find_entities([], [], 0.5, 10) == []
