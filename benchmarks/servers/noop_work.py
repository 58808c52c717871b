"""The work of the chapter without a model, the same for all: check a question, answer it.

What it takes to check is the same pydantic model in every system; what it takes to answer is the
length of a text. The rest of the time is the system's own.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

QUESTION = {"text": "The food was good, and the waiter knew his wines.", "max_chars": 500}


class Question(BaseModel):
    """What is asked."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]
    max_chars: int = Field(default=1_000, ge=1, le=1_000)


class Answer(BaseModel):
    """What is answered."""

    characters: int = Field(ge=0)
    within: bool


def answer(question: Question) -> Answer:
    """Answer without a model."""
    characters = len(question.text)
    return Answer(characters=characters, within=characters <= question.max_chars)
