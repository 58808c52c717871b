"""The word statistics: what they learn from, what they learn, and what they cannot."""

import pytest

from course_lib.support.lessons.word_lists import NEGATIVE_WORDS, POSITIVE_WORDS, word_side
from course_lib.support.lessons.word_statistics import train_statistics, training_sentences


@pytest.mark.usefixtures("wikipedia_url")  # it makes the database
class TestEmbedded:
    def test_it_learns_the_company_of_the_listed_words_and_not_the_words(self) -> None:
        model = train_statistics(training_sentences())
        assert not (POSITIVE_WORDS | NEGATIVE_WORDS) & set(model[0].get_feature_names_out())
        texts = [
            "The film was nominated for three Oscars.",
            "The Confederate soldiers were taken prisoner.",
            "won war",
        ]
        assert [word_side(text) for text in texts] == [0, 0, 0]
        probabilities = model.predict_proba(texts)
        assert probabilities.shape == (3, 2)
        assert probabilities.argmax(axis=1)[:2].tolist() == [1, 0]
        assert probabilities[2] == pytest.approx([0.5, 0.5])  # it knows neither word

    def test_leads_are_not_among_what_it_learns(self) -> None:
        sentences = set(training_sentences())
        assert len(sentences) > 10_000
        assert "Albert Einstein (; ; 14 March 1879" not in " ".join(sentences)


@pytest.mark.parametrize("sentences", [["He won the prize.", "He won a war."], ["He slept."], []])
def test_one_side_is_not_enough(sentences: list[str]) -> None:
    with pytest.raises(ValueError, match="both sides"):
        train_statistics(sentences)
