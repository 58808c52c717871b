"""The catalogue: which articles are in it, how popular they are, and how they begin."""

from pathlib import Path

import numpy as np
import pytest

from course_lib.support.lessons.catalogue import CatalogueEntry, nearest, read_catalogue
from course_lib.support.wiki.importer import import_dump
from tests.support.wiki.dumps import page, write_dump


@pytest.fixture
def articles(tmp_path: Path) -> list[CatalogueEntry]:
    dump = write_dump(
        tmp_path / "dump.xml",
        page(1, "Bread", "Bread is baked. [[Bread]] is old. It has a crust. It is warm."),
        page(2, "Oven", "An oven bakes [[bread]], and [[Bread|more bread]]."),
        page(3, "Toast", "Toast is [[Loaf|bread]] twice."),
        page(4, "Loaf", "#REDIRECT [[Bread]]", redirect_to="Bread"),
        page(5, "Butter", "Butter is for [[toast]] and [[Apple pie]]."),
        page(6, "Jam", "Jam may refer to:\n* [[Oven]]\n{{disambiguation}}"),
        page(7, "Empty", "{{stub}}"),
    )
    import_dump(dump, tmp_path / "wiki.sqlite3")
    return read_catalogue(tmp_path / "wiki.sqlite3")


def test_the_most_linked_first_then_by_title(articles: list[CatalogueEntry]) -> None:
    assert [(article.title, article.links) for article in articles] == [
        ("Bread", 2),  # from Oven, once, and from Toast by a redirect; not from itself
        ("Toast", 1),
        ("Butter", 0),
        ("Oven", 0),  # a disambiguation page does not count
    ]


def test_the_opening_is_two_sentences(articles: list[CatalogueEntry]) -> None:
    assert articles[0].opening == "Bread is baked. Bread is old."


class TestNearest:
    VECTORS = np.array([[1, 0], [0.8, 0.6], [0, 1], [-1, 0]], dtype=np.float32)

    def test_the_nearest_first(self) -> None:
        assert nearest(self.VECTORS, self.VECTORS[[2]], [], 4) == [2, 1, 0, 3]

    def test_the_mean_of_the_profile_counts(self) -> None:
        assert nearest(self.VECTORS, self.VECTORS[[0, 0, 2]], [], 2) == [1, 0]

    def test_what_is_left_out_does_not_come_back(self) -> None:
        assert nearest(self.VECTORS, self.VECTORS[[0]], [0, 1], 1) == [2]
        assert nearest(self.VECTORS, self.VECTORS[[0]], [0, 1, 2], 4) == [3]

    def test_equally_near_ones_keep_their_order(self) -> None:
        twins = self.VECTORS[[1, 0, 1, 1]]
        assert nearest(twins, self.VECTORS[[1]], [], 4) == [0, 2, 3, 1]
