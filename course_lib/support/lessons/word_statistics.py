"""A small model of the company that the words of `word_lists` keep: scikit-learn, no network.

The lists label the sentences of the embedded Wikipedia, and the model learns from the other words
of those sentences. It knows no labels by people, so it repeats the mistakes of the lists.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from course_lib.support.lessons.articles import read_rests
from course_lib.support.lessons.word_lists import NEGATIVE_WORDS, POSITIVE_WORDS, word_side
from course_lib.support.sentences import split_sentences

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

TRAINING_ARTICLES = 200


def training_sentences() -> list[str]:
    """Return the sentences after the leads of the first articles of the embedded Wikipedia.

    Raises:
        DatabaseMissing: `ensure_database` has not made the database yet.
    """
    rests = read_rests(TRAINING_ARTICLES)
    return [sentence for rest in rests for sentence in split_sentences(rest)]


def train_statistics(sentences: Sequence[str]) -> "Pipeline":
    """Return a model that learned the company of the listed words, and not the words themselves.

    Its `predict_proba` takes n sentences, at least one, and returns an array of the shape (n, 2):
    P(negative), P(positive). A sentence of unknown words gets 0.5 and 0.5.

    Raises:
        ValueError: the sentences do not hold listed words of both sides.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # here: only one replica needs it
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    sides = [word_side(sentence) for sentence in sentences]
    if not {-1, 1} <= set(sides):
        raise ValueError("the sentences do not hold listed words of both sides")
    listed = sorted(POSITIVE_WORDS | NEGATIVE_WORDS)
    model = make_pipeline(
        TfidfVectorizer(stop_words=listed, min_df=2, sublinear_tf=True),
        MultinomialNB(fit_prior=False),
    )
    chosen = [(sentence, side) for sentence, side in zip(sentences, sides, strict=True) if side]
    return model.fit([sentence for sentence, _ in chosen], [side for _, side in chosen])
