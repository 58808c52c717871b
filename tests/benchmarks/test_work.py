"""What the benchmark's peers do is what the lessons do, and its client tells right from wrong."""

import ast
import re
from pathlib import Path

import pytest

from benchmarks.answers import WrongAnswer, check
from benchmarks.texts import ARTICLES, NEGATIVE, search_terms
from tests.support.python import run_python

ROOT = Path(__file__).resolve().parents[2]


def definitions(source: str) -> dict[str, str]:
    """Each constant, function and class at the top of a module, by name, as text."""
    found = {}
    for node in ast.parse(source).body:
        names = [node.name] if hasattr(node, "name") else []
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        found |= {name: ast.get_source_segment(source, node) for name in names}
    return found


@pytest.mark.parametrize(
    ("module", "lessons"),
    [
        ("common", ("broadcast", "wikipedia_nlp_api")),
        ("sentiment_work", ("single_deployment", "fastapi_ingress")),
    ],
)
def test_copies_are_copies(module: str, lessons: tuple[str, ...]) -> None:
    source = (ROOT / f"benchmarks/servers/{module}.py").read_text()
    copied = definitions(re.search(r"# -- copied .*\n([^\0]*)# -- end of", source)[1])
    originals = {}
    for name in lessons:
        originals |= definitions((ROOT / f"course_lib/{name}.py").read_text())
    if threshold := copied.pop("THRESHOLD", None):
        assert threshold.removeprefix("THRESHOLD = ") in originals["app"]
    assert len(copied) > 4
    for name, text in copied.items():
        assert text == originals[name], name


@pytest.mark.parametrize("module", ["common", "sentiment_work", "api_fastapi", "sentiment_fastapi"])
def test_peers_do_not_import_ray(module: str) -> None:
    code = (
        f"import sys, benchmarks.servers.{module}; assert not {{'ray', 'torch'}} & set(sys.modules)"
    )
    assert run_python(code).returncode == 0


RIGHT = {
    "Art": {
        "title": "Art",
        "summary": "It is.",
        "sentiment": {"label": "positive", "score": 0.5},
        "named_entities": [{"text": "A", "score": 0.9}, {"text": "B", "score": 0.9}],
    },
    "War": {"article": "War", "url": "u", "sentiment": {"label": "negative", "score": -0.5}},
}


def test_equal_answers_pass() -> None:
    found = {
        "Art": {
            **RIGHT["Art"],
            "sentiment": {"label": "positive", "score": 0.501},
            "named_entities": RIGHT["Art"]["named_entities"][::-1],
        },
        "War": {"detail": RIGHT["War"]},
    }
    check(found, RIGHT)
    problem = {**RIGHT["War"], "type": "urn:x", "status": 422, "detail": "It is negative."}
    check({**found, "War": problem}, RIGHT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"Art": RIGHT["Art"]},
        {"Art": {**RIGHT["Art"], "summary": "It was."}, "War": RIGHT["War"]},
        {"Art": {**RIGHT["Art"], "named_entities": []}, "War": RIGHT["War"]},
        {"Art": RIGHT["Art"], "War": {"detail": {**RIGHT["War"], "article": "Peace"}}},
        {"Art": {**RIGHT["Art"], "truncated": False}, "War": RIGHT["War"]},
    ],
)
def test_other_answers_are_refused(wrong: dict) -> None:
    with pytest.raises(WrongAnswer):
        check(wrong, RIGHT)


def test_terms() -> None:
    assert sorted(search_terms()) == sorted({*ARTICLES, *NEGATIVE})
    assert search_terms(5) == search_terms()[:5]
