"""What is asked: sentences and articles of the embedded Wikipedia, the same for all systems."""

import random

from course_lib.support.lessons.articles import read_leads
from course_lib.support.sentences import split_sentences
from course_lib.support.settings import settings
from course_lib.support.wiki.importer import ensure_database

SEED = 5
# Of 4,800 to 96,400 characters, each far from the border of being refused.
ARTICLES = (
    *("Albert Einstein", "Aristotle", "Abraham Lincoln", "Apollo 11", "Alaska", "Algorithm"),
    *("Anatomy", "Animation", "Andorra", "Astronomer", "Agriculture", "Aikido", "Ampere"),
    *("Albedo", "Alchemy", "America the Beautiful", "Assistive technology", "Aldous Huxley"),
    *("Analysis of variance", "Alkali metal"),
)
# Refused after their sentiment is known: a sixth of the list, as of the whole wiki.
NEGATIVE = ("Anarchism", "Autism", "Achilles", "Algae")


def search_terms(count: int | None = None) -> list[str]:
    """The titles to search for, negative ones among them; the first `count` of the mixed list."""
    terms = [*ARTICLES, *NEGATIVE]
    random.Random(SEED).shuffle(terms)
    return terms[:count]


def sentences(count: int) -> list[str]:
    """Different sentences from the leads of all articles, as long and short as they come.

    A sentence of a single word is no text to judge.
    """
    ensure_database(settings().wikipedia_database)
    found = {
        sentence: None
        for lead in read_leads().values()
        for sentence in split_sentences(lead)
        if " " in sentence and "@" not in sentence
    }
    return random.Random(SEED).sample(list(found), count)
