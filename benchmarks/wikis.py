"""Wikis of any size, generated: `python -m benchmarks.wikis ARTICLES FILE`.

Articles are short, as most of Wikipedia's are: 30 to 2,000 words, the median 130. Words are drawn
as often as the embedded Wikipedia uses them, so that a search finds the share of articles that it
would find there; each article has two invented names, and its title is one of them and a word.
The project's own importer writes the database. The same size gives the same wiki.
"""

import random
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.texts import SEED
from course_lib.support.lessons.articles import read_leads, read_rests
from course_lib.support.settings import settings
from course_lib.support.wiki.database import SCHEMA_VERSION, Page, Site
from course_lib.support.wiki.dump import DumpPage
from course_lib.support.wiki.importer import ensure_database
from course_lib.support.wiki.writer import write_database

MEDIAN_WORDS, SPREAD = 130, 0.7  # of a log-normal distribution
FEWEST_WORDS, MOST_WORDS = 30, 2_000
SENTENCE_WORDS = 17
NAMES_IN_AN_ARTICLE = 6
SYLLABLES = "ba be bo da de do ka ke ko la le lo ma me mi mo na ne no ra re ri ro sa se so".split()
WIKI = "https://en.wikipedia.org/wiki/"
SITE = Site("Wikipedia", f"{WIKI}Main_Page", WIKI, "en", first_letter=True, namespaces={})


@dataclass(frozen=True)
class GeneratedDump:
    """Stands in for a dump: what `write_database` asks of one."""

    articles: int
    path: Path
    site: Site = SITE
    bytes_read: int = 0

    def __iter__(self) -> Iterator[DumpPage]:
        words, often = vocabulary()
        numbers, names = np.random.default_rng(SEED), random.Random(SEED)
        title_words = [word for word, share in zip(words, often, strict=True) if share < 1e-4]
        lengths = np.exp(numbers.normal(np.log(MEDIAN_WORDS), SPREAD, self.articles)).astype(int)
        ends = lengths.clip(FEWEST_WORDS, MOST_WORDS).cumsum()
        drawn = numbers.choice(len(words), ends[-1], p=often)
        for number, (start, end) in enumerate(pairwise([0, *ends]), start=1):
            text = list(words[drawn[start:end]])
            first, second = invented(names), invented(names)
            for place in names.sample(range(len(text)), NAMES_IN_AN_ARTICLE):
                text[place] = names.choice((first, second))
            title = f"{first} {names.choice(title_words)} {number}"
            wikitext = prose(text)
            page = Page(
                page_id=number,
                title=title,
                redirect_to=None,
                revision_id=number,
                parent_id=0,
                timestamp="2026-01-01T00:00:00Z",
                size_bytes=len(wikitext.encode()),
            )
            yield DumpPage(page, namespace=0, wikitext=wikitext)


def vocabulary() -> tuple[np.ndarray, np.ndarray]:
    """The words of the embedded Wikipedia, and the share that each has of all."""
    ensure_database(settings().wikipedia_database)
    texts = [*read_leads().values(), *read_rests(len(read_leads()))]
    found = Counter(word for text in texts for word in re.findall(r"[^\W\d_]+", text.lower()))
    counts = np.array(list(found.values()), dtype=float)
    return np.array(list(found), dtype=object), counts / counts.sum()


def invented(names: random.Random) -> str:
    """A name that no text has."""
    return "".join(names.choices(SYLLABLES, k=names.randint(3, 5))).capitalize()


def prose(words: list[str]) -> str:
    """The words as sentences."""
    starts = range(0, len(words), SENTENCE_WORDS)
    sentences = (" ".join(words[start : start + SENTENCE_WORDS]) for start in starts)
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences)


def wiki_file(articles: int, folder: Path) -> Path:
    """Where the wiki of a size belongs; another schema is another file."""
    return folder / f"{articles}-articles-schema-{SCHEMA_VERSION}.sqlite3"


def write(articles: int, path: Path) -> None:
    """Generate a wiki. The file appears when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)
    half.touch()
    with closing(sqlite3.connect(half)) as connection:
        fingerprint = f"schema{SCHEMA_VERSION} {articles} generated articles"
        write_database(connection, GeneratedDump(articles, half), fingerprint, progress=False)
    half.replace(path)


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
