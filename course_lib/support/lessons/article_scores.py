"""How the network judges every article of the embedded Wikipedia, recorded once.

Titles and numbers only. `make models` records them anew.
"""

import json
from pathlib import Path
from typing import TypedDict

SCORES_FILE = Path(__file__).with_suffix(".json")


class ArticleScore(TypedDict):
    """An article's title, the mean score of its lead's sentences, and the label that it gives."""

    title: str
    label: str
    score: float


def article_scores() -> list[ArticleScore]:
    """Return the scores of all articles, the most negative first."""
    return json.loads(SCORES_FILE.read_text(encoding="utf-8"))
