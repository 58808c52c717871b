"""The Wikipedia NLP API as plain functions, for every program here that is not this project's.

What they do is lesson 09's: the definitions between the two marks are copies of the lessons', and
a test compares them word by word. They are copied because importing a lesson imports Ray, which no
peer should pay for in its start and its memory. The models, the Wikipedia client and the splitting
of text are imported from parts of `course_lib.support` that know nothing of Ray.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

import wikipedia
from fastapi import Query
from pydantic import BaseModel, Field

from course_lib.support.judged import JudgedSentence, judged
from course_lib.support.models import load_entities, load_sentiment, load_summarizer
from course_lib.support.models.entities import Entity as FoundEntity
from course_lib.support.models.entities import find_entities
from course_lib.support.sentences import first_sentences, lead, split_sentences
from course_lib.support.settings import settings
from course_lib.support.wiki.article import Article, SearchTerm, Source
from course_lib.support.wiki.client import UnusablePage, bounded_wikipedia, wiki_license

# -- copied from lessons 07 and 09 --

LEAD_SENTENCES = 20
NEUTRAL_BAND = 0.05
SEARCH_RESULTS = 5
MAX_ENTITIES = 50
MAX_ARTICLES_PER_BATCH = 4
BATCH_WAIT_S = 0.01
THRESHOLD = 0.8


def article_sentiment(sentence_scores: Sequence[float]) -> dict[str, Any]:
    """Return an article's sentiment from the scores of its sentences, each in [-1, 1].

    The score is their mean, to three digits; 0.0 without sentences. Below -0.05 the article is
    negative, above 0.05 positive, else neutral: VADER's convention (Hutto and Gilbert 2014).
    """
    score = sum(sentence_scores) / len(sentence_scores) if sentence_scores else 0.0
    label = "neutral" if abs(score) <= NEUTRAL_BAND else "positive" if score > 0 else "negative"
    return {"label": label, "score": round(score, 3)}


def fetch_wikipedia_page(search_term: str) -> Article | None:
    """Return the best article for a search term, or None where Wikipedia has none.

    Raises:
        wikipedia.DisambiguationError: only disambiguation pages match; `options` has the titles.
        WikipediaTimeout: Wikipedia was too slow.
        WikipediaError: Wikipedia could not be reached, or sent something else than an answer.
    """
    ambiguous = None
    with bounded_wikipedia():
        for title in wikipedia.search(search_term, results=SEARCH_RESULTS):
            try:
                page = wikipedia.page(title, auto_suggest=False)
                return Article(
                    title=page.title,
                    url=page.url,
                    revision=page.revision_id,
                    license=wiki_license(),
                    text=page.content,
                )
            except (wikipedia.PageError, UnusablePage):
                continue
            except wikipedia.DisambiguationError as error:
                ambiguous = ambiguous or error
        if ambiguous:
            raise ambiguous
    return None


EntityLimit = Annotated[
    int, Query(ge=0, le=MAX_ENTITIES, description="The most named entities in the answer.")
]


class Sentiment(BaseModel):
    """An article's sentiment: a label, and the mean of its sentences' scores."""

    label: Literal["negative", "neutral", "positive"]
    score: float = Field(ge=-1, le=1)


class Entity(BaseModel):
    """A name, as the article spells it. `score` is the model's probability."""

    text: str
    label: Literal["PER", "ORG", "LOC"]
    score: float = Field(ge=0, le=1)


class Analysis(Source):
    """The answer. Summary and entities come from the article's first `MAX_ARTICLE_CHARS`."""

    truncated: bool = Field(description="The article was longer than what was read.")
    sentiment: Sentiment
    opening: list[JudgedSentence] = Field(description="What the sentiment was made of.")
    summary: str
    named_entities: list[Entity]


# -- end of the copies --


class SearchQuestion(BaseModel):
    """The body of a POST, for systems that take no GET."""

    search_term: SearchTerm
    max_entities: EntityLimit = 10


class Refusal(BaseModel):
    """What the client of a negative article gets, with status 422."""

    article: str
    url: str
    sentiment: Sentiment
    opening: list[JudgedSentence]


class NoArticle(LookupError):
    """Wikipedia has no article for a search term."""


class Reading(NamedTuple):
    """An article, and what the models get of it."""

    article: Article
    opening: list[str]
    sentences: list[str]
    truncated: bool


def read(search_term: str) -> Reading:
    """Search Wikipedia for an article, and split it.

    Raises:
        NoArticle: there is none; and all that `fetch_wikipedia_page` raises.
    """
    article = fetch_wikipedia_page(search_term)
    if article is None:
        raise NoArticle(search_term)
    opening = split_sentences(lead(article.text), LEAD_SENTENCES)
    sentences, truncated = first_sentences(article.text, settings().max_article_chars)
    return Reading(article, opening, sentences, truncated)


class Judge:
    """Judges articles: the sentences of each go in, their scores come out."""

    def __init__(self) -> None:
        self.model = load_sentiment()

    def __call__(self, articles: Sequence[Sequence[str]]) -> list[list[float]]:
        """Return each sentence's score for each article, after one pass over all sentences."""
        return [
            [sentence["positive"] - sentence["negative"] for sentence in article]
            for article in self.model.each(articles)
        ]


class Recognizer:
    """Finds the people, organisations and places that an article names."""

    def __init__(self) -> None:
        self.model = load_entities()

    def __call__(self, articles: Sequence[Sequence[str]]) -> list[list[FoundEntity]]:
        """Return the names of each article, best first, after one pass over all sentences."""
        return [
            find_entities(article, tokens, THRESHOLD, MAX_ENTITIES)
            for article, tokens in zip(articles, self.model.each(articles), strict=True)
        ]


class Models:
    """All that is computed for an article, one after the other in the thread that asks."""

    def __init__(self) -> None:
        self.judge = Judge()
        self.summarize = load_summarizer()
        self.recognize = Recognizer()

    def __call__(self, search_term: str, max_entities: int) -> Analysis | Refusal:
        """Analyse the article that a search finds, or refuse a negative one."""
        reading = read(search_term)
        [scores] = self.judge([reading.opening])
        if (refused := refusal(reading, scores)) is not None:
            return refused
        summary = self.summarize(reading.sentences)
        [entities] = self.recognize([reading.sentences])
        return analysis(reading, scores, summary, entities, max_entities)


def refusal(reading: Reading, scores: Sequence[float]) -> Refusal | None:
    """The refusal of a negative article, and None for any other."""
    sentiment = article_sentiment(scores)
    if sentiment["label"] != "negative":
        return None
    article = reading.article
    opening = judged(reading.opening, scores)
    return Refusal(article=article.title, url=article.url, sentiment=sentiment, opening=opening)


def analysis(
    reading: Reading,
    scores: Sequence[float],
    summary: str,
    entities: list[FoundEntity],
    max_entities: int,
) -> Analysis:
    """The answer."""
    return Analysis(
        **reading.article.model_dump(exclude={"text"}),
        truncated=reading.truncated,
        sentiment=article_sentiment(scores),
        opening=judged(reading.opening, scores),
        summary=summary,
        named_entities=entities[:max_entities],
    )
