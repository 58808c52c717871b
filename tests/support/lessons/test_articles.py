"""Articles read from the file: where they come from, and what of them is read."""

from pathlib import Path

import pytest

from course_lib.support.lessons.articles import read_article, read_leads, read_rests
from course_lib.support.settings import settings
from course_lib.support.wiki.database import DatabaseMissing


@pytest.mark.usefixtures("wikipedia_url")  # it makes the database
class TestEmbedded:
    def test_the_best_article_and_where_it_comes_from(self) -> None:
        article = read_article("physicist")
        assert article.title == "Albert Einstein"
        assert article.url == "https://en.wikipedia.org/wiki/Albert_Einstein"
        assert article.revision > 0
        assert article.license == "Creative Commons Attribution-ShareAlike 3.0"
        assert "theory of relativity" in article.text
        assert "\n== Biography ==\n" in article.text

    def test_none(self) -> None:
        assert read_article("xylophonist from Mars") is None
        assert read_article("?!") is None

    def test_lead_and_rest_make_the_article(self) -> None:
        leads, rests = read_leads(), read_rests(200)
        assert len(leads) == len(rests) == 106
        text = read_article("physicist").text
        assert text.startswith(leads["Albert Einstein"])
        [rest] = [rest for rest in rests if rest and text.endswith(rest)]
        assert rest.startswith("== Biography ==")
        assert read_rests(3) == rests[:3]


@pytest.mark.parametrize("read", [lambda: read_article("physicist"), read_leads])
def test_no_database(read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "wikipedia_database", tmp_path / "none.sqlite3")
    with pytest.raises(DatabaseMissing):
        read()
