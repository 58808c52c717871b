"""Forty small models of topics, each in a file of its own: what a text has to do with its topic.

Wikipedia has categories that are named after an article: "Algae", "Academy Awards". A model is
trained for each: logistic regression on the encoder's embeddings of the category's sentences,
against those of all other articles. `topic_folder` trains them once, in some seconds; a replica
reads what it needs with `read_topic`, and needs no scikit-learn.
"""

import hashlib
import re
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import numpy as np
from filelock import FileLock

from course_lib.support.models import load_embeddings
from course_lib.support.sentences import split_sentences
from course_lib.support.settings import CACHE_DIR, settings
from course_lib.support.wiki.database import fingerprint_of
from course_lib.support.wiki.importer import ensure_database

FOLDER = CACHE_DIR / "topics"
RECIPE = "1"  # to be raised when the code below makes another model from the same articles
TOPICS = 40
SENTENCES = 8  # of each article, to learn from
CATEGORIES = """
    SELECT category.title, group_concat(article.page_id)
    FROM category JOIN article USING (page_id)
    WHERE category.title IN (SELECT title FROM page)
       OR rtrim(category.title, 's') IN (SELECT title FROM page)
    GROUP BY category.title ORDER BY count(*) DESC, category.title LIMIT ?
"""


class TopicError(ValueError):
    """A topic's model cannot be read. The message says why."""


class Topic:
    """A model: the weights of an embedding's numbers, and a bias."""

    def __init__(self, weights: np.ndarray, bias: float) -> None:
        self.weights, self.bias = weights, bias

    def __call__(self, embeddings: np.ndarray) -> list[float]:
        """Return, for each row of shape (n, dimensions), how probable it is about the topic."""
        return [float(it) for it in 1 / (1 + np.exp(-(embeddings @ self.weights + self.bias)))]


def topic_names(folder: Path) -> list[str]:
    """Return the names of the models in a folder, in alphabetical order."""
    return sorted(file.stem for file in folder.glob("*.npz"))


def topic_file(folder: Path, name: str) -> Path:
    """Return where a topic's model is, or would be.

    Raises:
        TopicError: no file can have that name.
    """
    if Path(name).name != name:
        raise TopicError(f"{name!r} is no name of a topic.")
    return folder / f"{name}.npz"


def topic_version(file: Path) -> int | None:
    """Return what changes whenever a model's file does; None where there is none."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None


def read_topic(file: Path) -> Topic:
    """Read a model from its file.

    Raises:
        TopicError: there is no such file, or no model in it.
    """
    try:
        with np.load(file, allow_pickle=False) as stored:
            weights, bias = stored["weights"], float(stored["bias"])
        if weights.ndim != 1 or not np.isfinite([*weights, bias]).all():
            raise ValueError
        return Topic(weights, bias)
    except FileNotFoundError:
        raise TopicError(f"There is no model {file.stem!r}.") from None
    except Exception:  # whatever numpy and zipfile find wrong with it
        raise TopicError(f"The file of the model {file.stem!r} is damaged.") from None


def topic_folder() -> Path:
    """Return the folder of the embedded Wikipedia's topics; the first time, train their models.

    Raises:
        ImportFailed: the embedded Wikipedia is missing, and cannot be made.
    """
    database = settings().wikipedia_database
    ensure_database(database)
    made_from = [RECIPE, str(fingerprint_of(database)), settings().embedding_model]
    folder = FOLDER / hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:16]
    if not folder.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        with FileLock(FOLDER / ".lock"):
            if not folder.exists():
                making = Path(tempfile.mkdtemp(dir=FOLDER))
                try:
                    train_topics(database, making)
                    making.chmod(0o755)
                    making.replace(folder)
                finally:
                    shutil.rmtree(making, ignore_errors=True)
    return folder


def train_topics(database_path: Path, folder: Path) -> None:
    """Train the models of the forty topics with the most articles, and write them to a folder."""
    from sklearn.linear_model import LogisticRegression

    with closing(sqlite3.connect(database_path)) as database:
        texts = dict(database.execute("SELECT page_id, intro || char(10) || rest FROM article"))
        categories = dict(database.execute(CATEGORIES, (TOPICS,)))
    sentences = defaultdict(list)
    for page, text in texts.items():
        for sentence in split_sentences(text, SENTENCES):
            sentences[sentence].append(page)
    embeddings = load_embeddings().encode(list(sentences))
    for title, pages in categories.items():
        own = {int(page) for page in pages.split(",")}
        is_own = [bool(own.intersection(found)) for found in sentences.values()]
        model = LogisticRegression(class_weight="balanced", max_iter=1_000)
        model.fit(embeddings, is_own)
        name = re.sub(r"[ /]", "_", title.lower())
        np.savez(topic_file(folder, name), weights=model.coef_[0], bias=model.intercept_[0])
