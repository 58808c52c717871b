"""What an article's sentiment was made of, for answers that show it."""

from collections.abc import Sequence

from pydantic import BaseModel, Field


class JudgedSentence(BaseModel):
    """A sentence, and how negative or positive it is."""

    text: str
    score: float = Field(ge=-1, le=1)


def judged(sentences: Sequence[str], scores: Sequence[float]) -> list[JudgedSentence]:
    """Return n sentences with their n scores, to three digits.

    Raises:
        ValueError: there is not one score for each sentence.
    """
    pairs = zip(sentences, scores, strict=True)
    return [JudgedSentence(text=text, score=round(score, 3)) for text, score in pairs]
