"""The database: filled from dumps good and bad, and read while it is replaced."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from course_lib.support.wiki import importer, writer
from course_lib.support.wiki.database import (
    DatabaseMissing,
    WikipediaDatabase,
    open_database,
)
from course_lib.support.wiki.importer import ImportFailed, ensure_database, import_dump
from course_lib.support.wiki.search import (
    count_hits,
)
from course_lib.support.wiki.writer import license_of
from tests.support.wiki.dumps import head, page, write_dump
from tests.support.wiki.searching import search


def test_the_embedded_dump_has_106_articles(database: WikipediaDatabase) -> None:
    counts = database.connection.execute("SELECT count(redirect_to), count(*) FROM page").fetchone()
    assert counts == (99, 205)
    site = database.site()
    assert site.page_address == "https://en.wikipedia.org/wiki/"
    assert site.license_text == "Creative Commons Attribution-ShareAlike 3.0"


def test_pages_links_and_categories(small: Path) -> None:
    with open_database(small) as database:
        cat, feline = database.page_by_title("Cat"), database.page_by_id(3)
        assert cat is not None
        assert feline is not None
        assert feline.redirect_to == "Cat"
        assert database.extract(cat.page_id) == ("A cat runs after mice.", "")
        assert database.links(cat.page_id) == [(0, "Mouse")]
        assert database.categories(cat.page_id) == ["Pets"]
        assert database.page_by_title("cat") is None
        assert cat.size_bytes == 55


def test_a_second_import_of_the_same_dump_changes_nothing(small: Path) -> None:
    before = small.stat()
    report = import_dump(small.parent / "dump.xml", small)
    assert report.unchanged
    assert (small.stat().st_ino, small.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_an_import_of_the_same_dump_elsewhere_gives_the_same_database(small: Path) -> None:
    other = small.parent / "other.sqlite3"
    import_dump(small.parent / "dump.xml", other)
    assert other.read_bytes() == small.read_bytes()


BROKEN_DUMPS = {
    "no dump": ("nonsense", "not a MediaWiki XML dump"),
    "no article": (head() + "</mediawiki>", "holds no article"),
    "redirects alone": (
        head() + page(1, "A", "#REDIRECT [[B]]", redirect_to="B") + "</mediawiki>",
        "holds no article",
    ),
    "talk alone": (head() + page(1, "Talk:A", "a", namespace=1) + "</mediawiki>", "no article"),
    "cut short": (head() + page(1, "A", "text") + "<page><title>B", "broken after page 1"),
}


@pytest.mark.parametrize("name", BROKEN_DUMPS)
def test_a_failed_import_leaves_all_as_it_was(name: str, small: Path) -> None:
    content, words = BROKEN_DUMPS[name]
    dump = small.parent / "broken.xml"
    dump.write_text(content)
    before, files = small.read_bytes(), sorted(small.parent.iterdir())
    with pytest.raises(ImportFailed, match=words):
        import_dump(dump, small)
    assert small.read_bytes() == before
    assert sorted(small.parent.iterdir()) == files


def test_a_place_that_cannot_be_written(small: Path) -> None:
    with pytest.raises(ImportFailed, match="Cannot write"):
        import_dump(small.parent / "dump.xml", small / "below-a-file.sqlite3")


def test_another_file_is_not_overwritten(small: Path) -> None:
    dump = small.parent / "dump.xml"
    with pytest.raises(ImportFailed, match="is no database of ours"):
        import_dump(dump, dump)
    assert dump.read_text().startswith("<mediawiki")


def test_another_programs_database_is_not_overwritten(small: Path) -> None:
    theirs = small.parent / "notes.sqlite3"
    with sqlite3.connect(theirs) as connection:
        connection.execute("CREATE TABLE note (text TEXT)")
    before = theirs.read_bytes()
    with pytest.raises(ImportFailed, match="is no database of ours"):
        import_dump(small.parent / "dump.xml", theirs)
    assert theirs.read_bytes() == before


def test_two_imports_at_once(tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.xml", *(page(n, f"A{n}", "text " * 50) for n in range(99)))
    path = tmp_path / "wiki.sqlite3"
    threads = [threading.Thread(target=import_dump, args=(dump, path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open_database(path) as database:
        assert database.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert count_hits(database, "text") == 99
    assert sorted(tmp_path.iterdir()) == [path.with_name(".wiki.sqlite3.lock"), dump, path]


def test_an_article_that_cannot_be_parsed_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = writer.parse_wikitext

    def parse_or_fail(wikitext: str, title: str, *rest: object, **named: object) -> object:
        if title == "Bad":
            raise RecursionError
        return parse(wikitext, title, *rest, **named)

    monkeypatch.setattr(writer, "parse_wikitext", parse_or_fail)
    dump = write_dump(tmp_path / "dump.xml", page(1, "Bad", "x"), page(2, "Good", "x"))
    report = import_dump(dump, tmp_path / "wiki.sqlite3")
    assert (report.articles, report.unreadable) == (1, ("Bad",))


@pytest.mark.parametrize("title", ["<script>", "[[A]]", "A|B", "{{A}}", "../A", "x" * 256])
def test_a_page_that_nobody_could_ask_for_is_left_out(title: str, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.xml", page(1, title, "x"), page(2, "Good", "x"))
    report = import_dump(dump, tmp_path / "wiki.sqlite3")
    assert (report.articles, report.unreadable) == (1, (title,))


def test_of_a_page_that_comes_twice_the_last_counts(tmp_path: Path) -> None:
    dump = write_dump(
        tmp_path / "dump.xml",
        page(1, "A", "first [[B]] [[Category:C]]"),
        page(1, "A", "second"),
        page(2, "B", "third"),
        page(3, "B", "fourth"),
    )
    assert import_dump(dump, tmp_path / "wiki.sqlite3").articles == 2
    with open_database(tmp_path / "wiki.sqlite3") as database:
        assert database.extract(1) == ("second", "")
        assert (database.links(1), database.categories(1)) == ([], [])
        assert database.page_by_title("B") == database.page_by_id(3)
        assert (search(database, "first"), search(database, "fourth")) == ([], ["B"])


def test_a_redirect_to_nowhere_is_left_out(tmp_path: Path) -> None:
    nowhere = page(2, "Nowhere", "#REDIRECT").replace("<id>2</id>", "<id>2</id><redirect />")
    dump = write_dump(tmp_path / "dump.xml", page(1, "A", "a"), nowhere)
    assert import_dump(dump, tmp_path / "wiki.sqlite3").unreadable == ("Nowhere",)


def test_a_database_of_an_older_version_is_made_anew(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "embedded_dump", lambda: small.parent / "dump.xml")
    set_meta(small, "schema", "0")
    set_meta(small, "fingerprint", "schema0 " + meta(small, "fingerprint").partition(" ")[2])
    with pytest.raises(DatabaseMissing, match="python -m"), open_database(small):
        pass
    ensure_database(small)
    with open_database(small) as database:
        assert database.page_by_title("Cat")


def test_a_users_database_of_an_older_version_is_kept(small: Path) -> None:
    set_meta(small, "fingerprint", "schema0 1 bytes, sha256 abc")
    with pytest.raises(ImportFailed, match="Import its dump again"):
        ensure_database(small)
    assert meta(small, "fingerprint").startswith("schema0")


def test_a_users_database_of_this_version_is_used(small: Path) -> None:
    before = small.read_bytes()
    ensure_database(small)
    assert small.read_bytes() == before


def meta(path: Path, key: str) -> str:
    connection = sqlite3.connect(path)
    (value,) = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    connection.close()
    return value


def set_meta(path: Path, key: str, value: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))
    connection.commit()
    connection.close()


@pytest.mark.parametrize("content", [None, b"", b"SQLite format 3\0 and no more", b"text" * 999])
def test_no_database_to_open(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "wiki.sqlite3"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatabaseMissing, match="python -m"), open_database(path):
        pass


def test_a_reader_changes_nothing(small: Path) -> None:
    with (
        open_database(small) as database,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        database.connection.execute("DELETE FROM page")
    with pytest.raises(DatabaseMissing), open_database(small.parent / "other"):
        pass
    assert not (small.parent / "other").exists()


def test_readers_survive_a_new_import(small: Path) -> None:
    with open_database(small) as before:
        import_dump(write_dump(small.parent / "new.xml", page(1, "Dog", "A dog.")), small)
        assert search(before, "cat") == ["Cat", "Mouse"]
        with open_database(small) as after:
            assert search(after, "cat") == []
            assert search(after, "dog") == ["Dog"]


def test_the_command(tmp_path: Path) -> None:
    def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        module = [sys.executable, "-m", "course_lib.support.wiki.importer"]
        return subprocess.run([*module, *map(str, arguments)], capture_output=True, text=True)

    dump, path = write_dump(tmp_path / "dump.xml", page(1, "A", "a")), tmp_path / "wiki.sqlite3"
    done = command(dump, "--database", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 articles and 0 redirects")
    assert "already" in command(dump, "--database", path).stdout
    failed = command(path, "--database", path)
    assert failed.returncode == 1
    assert "is not a MediaWiki XML dump" in failed.stderr
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    ("base", "latest", "version"),
    [
        ("https://en.wikipedia.org/wiki/Main_Page", "2016-05-01T00:00:00Z", "3.0"),
        ("https://simple.wikipedia.org/wiki/Main_Page", "2024-01-01T00:00:00Z", "4.0"),
        ("https://wiki.example.org/wiki/Home", "2024-01-01T00:00:00Z", ""),
        ("https://wikipedia.org.example.com/wiki/Home", "2024-01-01T00:00:00Z", ""),
    ],
)
def test_the_licence(base: str, latest: str, version: str) -> None:
    text, url = license_of(base, latest)
    assert text.endswith(version)
    assert bool(url) == bool(version)
