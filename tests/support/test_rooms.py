"""The rooms of course_lib/support: what may import what, and what an import may do."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.python import run_python

ROOT = Path(__file__).parents[2]


def imports(folder: str) -> Iterator[tuple[str, str]]:
    """Each module in a folder and what it imports, by its full name."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((path.name, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((path.name, f"{node.module}.{alias.name}") for alias in node.names)


def test_support_imports_no_lesson() -> None:
    of_ours = [pair for pair in imports("course_lib/support") if pair[1].startswith("course_lib")]
    assert of_ours
    assert [pair for pair in of_ours if not pair[1].startswith("course_lib.support.")] == []


def test_what_is_installed_does_without_maintenance_and_tests() -> None:
    outside = ("maintenance", "tests", "benchmarks")
    assert [pair for pair in imports("course_lib") if pair[1].startswith(outside)] == []


def test_no_import_patches_the_wikipedia_package() -> None:
    code = (
        "import requests, wikipedia, course_lib.wikipedia_nlp_api; "
        "assert wikipedia.wikipedia.requests is requests; "
        "assert wikipedia.wikipedia.API_URL.startswith('http://en.wikipedia.org')"
    )
    run = run_python(code)
    assert run.returncode == 0, run.stderr
