"""The topics: their models know their own sentences, and a bad file is told from a missing one."""

from pathlib import Path

import numpy as np
import pytest

from course_lib.support.lessons import topics
from course_lib.support.lessons.topics import (
    Topic,
    TopicError,
    read_topic,
    topic_file,
    topic_folder,
    topic_names,
    topic_version,
)
from course_lib.support.models import load_embeddings

# None of them is from the articles.
SENTENCES = {
    "algae": "Seaweed lives in the sea and makes sugar from light.",
    "academy_awards": "The film won the Oscar for best picture.",
    "alaska": "Anchorage is its largest city, and Juneau its capital.",
    "alkanes": "Methane, ethane and propane burn in air.",
    "american_revolutionary_war": "George Washington led the colonists against the British army.",
}


def test_there_are_forty_and_each_has_a_few_kilobytes() -> None:
    names = topic_names(topic_folder())
    assert len(names) == 40
    assert names == sorted(names)
    assert all(topic_file(topic_folder(), name).stat().st_size < 4_000 for name in names)


def test_of_all_topics_the_right_one_knows_a_sentence_best() -> None:
    folder = topic_folder()
    models = {name: read_topic(topic_file(folder, name)) for name in topic_names(folder)}
    embeddings = load_embeddings().encode(list(SENTENCES.values()))
    for right, embedding in zip(SENTENCES, embeddings, strict=True):
        scores = {name: model(embedding[None])[0] for name, model in models.items()}
        assert max(scores, key=scores.__getitem__) == right
        assert scores[right] > 0.5


def test_a_model_gives_one_probability_a_row() -> None:
    topic = Topic(np.array([2.0, 0.0]), -1.0)
    rows = np.array([[0.5, 7.0], [50.0, 0.0], [-50.0, 0.0]])
    assert topic(rows) == pytest.approx([0.5, 1.0, 0.0])
    assert topic(rows[:0]) == []


def test_they_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = topic_folder()
    monkeypatch.setattr(topics, "train_topics", lambda *_: pytest.fail("trained again"))
    assert topic_folder() == folder


def test_a_training_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path, folder: Path) -> None:
        (folder / "algae.npz").touch()
        raise MemoryError

    monkeypatch.setattr(topics, "FOLDER", tmp_path)
    monkeypatch.setattr(topics, "train_topics", fail)
    with pytest.raises(MemoryError):
        topic_folder()
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04 half a file"])
def test_a_damaged_file_is_an_error_that_names_the_model(tmp_path: Path, content: bytes) -> None:
    file = topic_file(tmp_path, "algae")
    file.write_bytes(content)
    with pytest.raises(TopicError, match="'algae' is damaged"):
        read_topic(file)


@pytest.mark.parametrize(
    "stored",
    [
        {"something": np.zeros(384)},
        {"weights": np.zeros((2, 384)), "bias": 0.0},
        {"weights": np.full(384, np.nan), "bias": 0.0},
        {"weights": np.array(["a"] * 384), "bias": 0.0},
        {"weights": np.zeros(384), "bias": np.inf},
    ],
)
def test_a_file_of_other_numbers_is_damaged(tmp_path: Path, stored: dict[str, np.ndarray]) -> None:
    file = topic_file(tmp_path, "algae")
    np.savez(file, **stored)
    with pytest.raises(TopicError, match="'algae' is damaged"):
        read_topic(file)


@pytest.mark.parametrize("name", ["../algae", "/etc/passwd", "a/b"])
def test_a_name_that_leads_elsewhere_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(TopicError, match="no name of a topic"):
        topic_file(tmp_path, name)


def test_a_missing_file_is_no_damaged_one(tmp_path: Path) -> None:
    file = topic_file(tmp_path, "algae")
    with pytest.raises(TopicError, match="no model 'algae'"):
        read_topic(file)
    assert topic_version(file) is None
    file.touch()
    assert topic_version(file) is not None
