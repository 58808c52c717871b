"""What is asked and answered in the chapter on sentiment, and how large a batch may get.

A text and its answer are lesson 02's: the same pydantic types check them in every system. Between
the two marks they are copies, compared by a test, since importing a lesson imports Ray. The
batched systems all have the same limit. 32 is what 32 clients can fill, and the model, which sorts
texts by length and computes eight at a time, gains from it; where a system waits for more
requests, it waits at most so long.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

# -- copied from lessons 01 and 02 --

EMAIL_ADDRESS = re.compile(r"\w@\w[\w-]*\.")

MAX_CHARS = 1_000
MAX_DOCUMENT_CHARS = 20_000


def broken_rules(text: str, max_chars: int) -> list[str]:
    """Return the reasons why a text should not be judged; none if it may be."""
    reasons = []
    if not any(character.isalpha() for character in text):
        reasons.append("it has no words")
    if len(text) > max_chars:
        reasons.append(f"it has {len(text)} characters, and {max_chars} are allowed")
    if EMAIL_ADDRESS.search(text):
        reasons.append("it holds an e-mail address")
    return reasons


def follow_rules(text: str) -> str:
    """Return the text, or raise ValueError with the rules that it breaks."""
    if reasons := broken_rules(text, MAX_DOCUMENT_CHARS):
        raise ValueError("; ".join(reasons))
    return text


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CHARS),
    AfterValidator(follow_rules),
    Field(
        description="What to judge: words, and no e-mail address.",
        examples=["What a wonderful day."],
    ),
]
Probability = Annotated[float, Field(ge=0, le=1)]


class Sentiment(BaseModel):
    """What a text expresses. The probabilities are rounded to four digits."""

    label: Literal["negative", "neutral", "positive"] = Field(description="The likeliest.")
    negative: Probability
    neutral: Probability
    positive: Probability


def sentiment_of(probabilities: Mapping[str, float]) -> Sentiment:
    """Return the answer for a text, from the model's probability of each label."""
    rounded = {label: round(probability, 4) for label, probability in probabilities.items()}
    return Sentiment(label=max(probabilities, key=probabilities.get), **rounded)


# -- end of the copies --

MAX_BATCH_SIZE = 32
BATCH_WAIT_S = 0.01


class Question(BaseModel):
    """The body of a POST, for systems that take no GET."""

    text: Text
