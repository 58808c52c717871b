"""Judges every article of the embedded Wikipedia, as lesson 09 judges one, and records the scores.

`python -m maintenance.adapters.article_scores` writes the file that the lessons read. It shows how
the model judges encyclopedic text, which it was not trained on.
"""

import json

from tqdm import tqdm

from course_lib.support.lessons.article_scores import SCORES_FILE
from course_lib.support.lessons.articles import read_leads
from course_lib.support.models import load_sentiment
from course_lib.support.sentences import split_sentences
from course_lib.support.settings import settings
from course_lib.support.wiki.importer import ensure_database
from course_lib.wikipedia_nlp_api import LEAD_SENTENCES, article_sentiment


def main() -> None:
    """Write the title, the label and the score of each article, the most negative first."""
    ensure_database(settings().wikipedia_database)
    sentiment = load_sentiment()
    verdicts = []
    for title, intro in tqdm(read_leads().items(), unit="article"):
        judged = sentiment(split_sentences(intro, LEAD_SENTENCES))
        scores = [sentence["positive"] - sentence["negative"] for sentence in judged]
        verdicts.append({"title": title, **article_sentiment(scores)})
    verdicts.sort(key=lambda verdict: (verdict["score"], verdict["title"]))
    lines = ",\n".join(f"  {json.dumps(verdict, ensure_ascii=False)}" for verdict in verdicts)
    SCORES_FILE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
