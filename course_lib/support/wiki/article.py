"""What is asked of a wiki, and the article that comes back with where it comes from."""

import unicodedata
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, BaseModel, StringConstraints


def _without_control_characters(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("must not contain control characters")
    return text


# 300 characters is where Wikipedia's own search stops.
SearchTerm = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    AfterValidator(_without_control_characters),
    Query(description="What to search Wikipedia for.", examples=["physicist"]),
]


class Source(BaseModel):
    """Where a text comes from. `license` is empty where the wiki states none."""

    title: str
    url: str
    revision: int
    license: str


class Article(Source):
    """A Wikipedia article: its plain text, as `explaintext` gives it."""

    text: str
