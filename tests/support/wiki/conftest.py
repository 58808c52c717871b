"""The embedded Wikipedia, imported once for all tests of this folder, and its server."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from course_lib.support.wiki.database import WikipediaDatabase, open_database
from course_lib.support.wiki.dump import embedded_dump
from course_lib.support.wiki.importer import import_dump
from tests.conftest import serve_wikipedia
from tests.support.wiki.dumps import page, write_dump
from tests.waiting import LONG_S

# On one core.
MAX_IMPORT_S = 60

Ask = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def database_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the dump that gensim ships."""
    path = tmp_path_factory.mktemp("embedded-wikipedia") / "wikipedia.sqlite3"
    started = time.process_time()
    import_dump(embedded_dump(), path)
    assert time.process_time() - started < MAX_IMPORT_S
    return path


@pytest.fixture
def database(database_path: Path) -> Iterator[WikipediaDatabase]:
    """That database, open."""
    with open_database(database_path) as database:
        yield database


@pytest.fixture(scope="session")
def api_url(database_path: Path) -> Iterator[str]:
    """The address of a server's api.php over that database."""
    with serve_wikipedia(database_path) as url:
        yield url


@pytest.fixture(scope="session")
def ask(api_url: str) -> Ask:
    """A function that asks that server: parameters in, response out."""
    session = requests.Session()

    def ask(**parameters: str | int) -> requests.Response:
        default = {"action": "query", "format": "json"}
        return session.get(api_url, params=default | parameters, timeout=LONG_S)

    return ask


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A database of three articles and a redirect."""
    dump = write_dump(
        tmp_path / "dump.xml",
        page(1, "Cat", "A '''cat''' runs after [[mouse|mice]].[[Category:Pets]]"),
        page(2, "Mouse", "A mouse runs from the cat. " + "It is small. " * 40),
        page(3, "Feline", "#REDIRECT [[Cat#Kinds|cats]]", redirect_to="Cat"),
        page(4, 'Ärger & "Zorn"', "Zürich café"),
    )
    path = tmp_path / "wiki.sqlite3"
    report = import_dump(dump, path)
    assert (report.articles, report.redirects, report.unreadable) == (3, 1, ())
    return path
