"""The importer as a process of its own, killed or without disk, while clients ask the server."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from course_lib.support.wiki.importer import PARTIAL_SUFFIX, import_dump
from tests.conftest import serve_wikipedia
from tests.support.wiki.dumps import page, write_dump
from tests.waiting import LONG_S

IMPORTER = "course_lib.support.wiki.importer"
LIMIT_S = 60
LARGE_PAGES = 120
# The large dump fills 5 MB: an import that has written so much is in the middle.
MIDDLE_BYTES = 500_000

# What the server says while it has the articles of each dump.
OLD = "1 hits, Cat 1: The old cat."
NEW = "1 hits, Cat 1: The new cat."
LARGE = f"{LARGE_PAGES} hits, Cat 1: A cat of many."


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the dumps `old.xml`, `new.xml` and `large.xml`."""
    folder = tmp_path_factory.mktemp("dumps")
    for name in ("old", "new"):
        write_dump(folder / f"{name}.xml", page(1, "Cat 1", f"The {name} cat."))
    words = random.Random(0)
    text = "A cat of many.\n" + " ".join(f"{words.getrandbits(32):x}" for _ in range(1_500))
    pages = (page(n, f"Cat {n}", text) for n in range(1, LARGE_PAGES + 1))
    write_dump(folder / "large.xml", *pages)
    return folder


@pytest.fixture
def wiki(dumps: Path, tmp_path: Path) -> Path:
    """A database with the old articles."""
    import_dump(dumps / "old.xml", tmp_path / "wiki.sqlite3")
    return tmp_path / "wiki.sqlite3"


def start_import(dump: Path, database: Path, largest_file_bytes: int = -1) -> subprocess.Popen[str]:
    """Start the command. No file that it writes can grow over the limit, as on a full disk."""
    code = (
        "import resource, runpy; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({largest_file_bytes}, -1)); "
        f"runpy.run_module({IMPORTER!r}, run_name='__main__')"
    )
    command = [sys.executable, "-c", code, str(dump), "--database", str(database)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def end_of(importer: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit status of an importer, and what it said on stderr."""
    _, said = importer.communicate(timeout=LIMIT_S)
    return importer.returncode, said


def partial_files(database: Path) -> list[Path]:
    """The files of imports that are at work, or were killed."""
    return list(database.parent.glob(f".*{PARTIAL_SUFFIX}"))


def ask(url: str, client: requests.Session | None = None) -> str:
    """What the server's search and its text of one page say."""
    parameters = {
        "action": "query",
        "format": "json",
        "list": "search",
        "srsearch": "cat",
        "titles": "Cat 1",
        "prop": "extracts",
        "explaintext": "",
        "exsentences": "1",
    }
    response = (client or requests).get(url, params=parameters, timeout=LONG_S)
    response.raise_for_status()
    query = response.json()["query"]
    found = query["pages"]["1"]
    return f"{query['searchinfo']['totalhits']} hits, {found['title']}: {found['extract']}"


@contextmanager
def readers(url: str) -> Iterator[list[str]]:
    """Two clients that ask without a pause, and all that the server told them.

    Raises what a client met, at the end.
    """
    answers: list[str] = []
    done = threading.Event()

    def read() -> None:
        with requests.Session() as client:
            while not done.is_set():
                answers.append(ask(url, client))

    with ThreadPoolExecutor(2) as clients:
        reading = [clients.submit(read) for _ in range(2)]
        try:
            yield answers
        finally:
            done.set()
    for client in reading:
        client.result()


def test_an_importer_killed_in_the_middle_leaves_the_old_articles(dumps: Path, wiki: Path) -> None:
    with serve_wikipedia(wiki) as url, readers(url) as answers:
        importer = start_import(dumps / "large.xml", wiki)
        deadline = time.monotonic() + LIMIT_S
        while sum(file.stat().st_size for file in partial_files(wiki)) < MIDDLE_BYTES:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        importer.kill()
        assert end_of(importer)[0] == -signal.SIGKILL  # it was still at work
        assert len(partial_files(wiki)) == 1
        assert ask(url) == OLD

        assert end_of(start_import(dumps / "new.xml", wiki)) == (0, "")
        assert partial_files(wiki) == []
        assert ask(url) == NEW
    assert set(answers) == {OLD, NEW}


def test_a_full_disk_leaves_the_old_articles(dumps: Path, wiki: Path) -> None:
    with serve_wikipedia(wiki) as url, readers(url) as answers:
        status, said = end_of(start_import(dumps / "large.xml", wiki, MIDDLE_BYTES))
        assert status == 1
        assert "Is the disk full?" in said
        assert "What was there before is unchanged." in said
        assert "Traceback" not in said
        assert partial_files(wiki) == []
        assert ask(url) == OLD

        assert end_of(start_import(dumps / "new.xml", wiki)) == (0, "")
        assert ask(url) == NEW
    assert set(answers) == {OLD, NEW}


def test_clients_get_the_old_articles_or_the_new_ones_while_an_import_runs(
    dumps: Path, wiki: Path
) -> None:
    with serve_wikipedia(wiki) as url, readers(url) as answers:
        assert end_of(start_import(dumps / "large.xml", wiki)) == (0, "")
        assert ask(url) == LARGE
    assert set(answers) <= {OLD, LARGE}
    assert answers.count(OLD) > 10
