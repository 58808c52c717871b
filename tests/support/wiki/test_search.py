"""Searching: which articles are found, in which order, and titles for misspelt searches."""

from pathlib import Path

import pytest

from course_lib.support.wiki.database import WikipediaDatabase, open_database
from course_lib.support.wiki.importer import import_dump
from course_lib.support.wiki.search import (
    count_hits,
    match_expression,
    search_articles,
    suggest_title,
)
from tests.support.wiki.dumps import page, write_dump
from tests.support.wiki.searching import search


def test_good_hits(database: WikipediaDatabase) -> None:
    assert search(database, "physicist")[0] == "Albert Einstein"
    assert search(database, "war")[0] == "American Revolutionary War"
    assert search(database, "moon landing")[0] == "Apollo 11"
    assert search(database, "president civil war")[0] in ("Abraham Lincoln", "Politics of Angola")
    assert set(search(database, "greek philosopher", 3)) & {"Aristotle"}


def test_the_article_of_the_title_comes_first(tmp_path: Path) -> None:
    dump = write_dump(
        tmp_path / "dump.xml",
        page(1, "Mars", "A planet. " + "It is cold and far away from here. " * 20),
        page(2, "Mars mars mars", "Mars, mars, red planet, red planet."),
        page(3, "Red planet", "#REDIRECT [[Mars]]", redirect_to="Mars"),
    )
    import_dump(dump, tmp_path / "wiki.sqlite3")
    with open_database(tmp_path / "wiki.sqlite3") as database:
        assert search(database, "mars planet") == ["Mars mars mars", "Mars"]
        assert search(database, "mars") == ["Mars", "Mars mars mars"]
        assert search(database, "red planet") == ["Mars", "Mars mars mars"]


def test_every_word_must_match_in_any_form(small: Path) -> None:
    with open_database(small) as database:
        assert search(database, "running cats") == ["Cat", "Mouse"]
        assert search(database, "cat small") == ["Mouse"]
        assert search(database, "cat dog") == []
        assert search(database, "zurich CAFE") == ['Ärger & "Zorn"']
        assert search(database, '"mouse runs"') == ["Mouse"]
        assert search(database, '"runs mouse"') == []


def test_characters_inside_a_text_without_spaces(tmp_path: Path) -> None:
    dump = write_dump(
        tmp_path / "dump.xml",
        page(1, "北京", "北京是中国的首都。"),
        page(2, "上海", "上海是中国最大的城市。首先是港口，都是人。"),
        page(3, "東京", "東京は日本の首都である。"),
    )
    import_dump(dump, tmp_path / "wiki.sqlite3")
    with open_database(tmp_path / "wiki.sqlite3") as database:
        assert set(search(database, "首都")) == {"北京", "東京"}
        assert search(database, "中国 首都") == ["北京"]
        assert search(database, "である") == ["東京"]


def test_titles_with_letters_that_fold_to_two_and_without_letters(tmp_path: Path) -> None:
    dump = write_dump(
        tmp_path / "dump.xml", page(1, "Straße", "Ein Weg."), page(2, "!!!", "A band."),
        page(3, "Достоевский", "Писатель."),
    )  # fmt: skip
    import_dump(dump, tmp_path / "wiki.sqlite3")
    with open_database(tmp_path / "wiki.sqlite3") as database:
        assert search(database, "Straße") == ["Straße"]
        assert search(database, "!!!") == ["!!!"]
        assert suggest_title(database, " достоевскй ") == "достоевский"


def test_every_hit_counts(database: WikipediaDatabase) -> None:
    assert len(search(database, "war", 500)) == count_hits(database, "war") > 10


HOSTILE = [
    "", " ", "!!!", '"', '""', '"a', "a\"b", "*", "a*", "^a", "NEAR(a b, 2)", "AND", "a AND", "OR",
    "NOT a", "title:a", "{title}: a", "(", ")", "a)", "-a", "+a", "a + b", "'; DROP TABLE page; --",
    "\0", "a\0b", "😀", "\u202ea", "\ud800", "<script>", "%", "_", "\\", "a:b:c", "é" * 300,
    "x" * 10_000, "a " * 5_000, '"' * 10_000, "ß", "İ", "ﬁ", "ǅ", "١٢", "ⅷ", "中文",
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_searches_give_hits_or_none(words: str, database: WikipediaDatabase) -> None:
    hits = search_articles(database, words, "", 10)
    assert count_hits(database, words) >= len(hits)
    suggest_title(database, words)


def test_no_character_of_a_search_is_an_operator() -> None:
    assert match_expression('a AND "b c" OR -d*') == '"a" AND "and" AND "b c" AND "or" AND "d"'
    assert match_expression("!?") == ""


@pytest.mark.parametrize(
    ("misspelt", "better"),
    [
        ("Albert Einstien", "albert einstein"),
        ("american revolutionery war", "american revolutionary war"),
        ("Abraham Linclon", "abraham lincoln"),
        ("physicist", None),
        ("the war", None),
        ("qqqzzz", None),
        ("%%%%%", None),
        ("", None),
    ],
)
def test_a_title_for_a_misspelt_search(
    misspelt: str, better: str | None, database: WikipediaDatabase
) -> None:
    assert suggest_title(database, misspelt) == better
