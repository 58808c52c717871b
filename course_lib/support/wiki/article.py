"""An article, and where it comes from."""

from pydantic import BaseModel


class Source(BaseModel):
    """Where a text comes from. `license` is empty where the wiki states none."""

    title: str
    url: str
    revision: int
    license: str


class Article(Source):
    """A Wikipedia article: its plain text, as `explaintext` gives it."""

    text: str
