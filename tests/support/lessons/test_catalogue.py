"""The catalogue: which articles are in it, how popular they are, and how they begin."""

from pathlib import Path

import pytest

from course_lib.support.lessons.catalogue import CatalogueEntry, read_catalogue
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
