"""A run of many pieces, that can be cut off and goes on."""

from pathlib import Path

import pytest

from benchmarks import piece, setting
from benchmarks.piece import Piece
from benchmarks.server import ServerFailed
from tests.benchmarks.rows import SETTING


def pieces(ran: list[str], *failing: str) -> list[Piece]:
    """Two systems in two rounds, that note when they run."""

    def run(name: str, number: int) -> list[dict]:
        ran.append(f"{name}{number}")
        if f"{name}{number}" in failing:
            raise ServerFailed("no answer")
        return [{"x": number}]

    return piece.in_rounds(
        Piece("c", name, number, lambda name=name, number=number: run(name, number))
        for name in ("a", "b")
        for number in (1, 2)
    )


def missing(todo: list[Piece], folder: Path, **changes: object) -> list[piece.Record]:
    """Run what is missing, silently."""
    return piece.run_missing(todo, SETTING | changes, folder, say=lambda _: None)


def test_every_second_round_goes_the_other_way(tmp_path: Path) -> None:
    ran: list[str] = []
    missing(pieces(ran), tmp_path)
    assert ran == ["a1", "b1", "b2", "a2"]


def test_a_run_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    ran: list[str] = []
    todo = pieces(ran)
    missing(todo[:3], tmp_path)
    records = missing(todo, tmp_path, commit="a later one that changed no code")
    assert ran == ["a1", "b1", "b2", "a2"]
    assert [(it.name, it.round, it.rows) for it in records] == [
        ("a", 1, [{"x": 1}]),
        ("b", 1, [{"x": 1}]),
        ("b", 2, [{"x": 2}]),
        ("a", 2, [{"x": 2}]),
    ]


@pytest.mark.parametrize(
    "change", [{"code": "other"}, {"versions": {"python": "3.12"}}, {"quick": True}]
)
def test_rows_of_another_setting_are_measured_again(tmp_path: Path, change: dict) -> None:
    ran: list[str] = []
    todo = pieces(ran)[:1]
    missing(todo, tmp_path)
    missing(todo, tmp_path, **change)
    assert ran == ["a1", "a1"]


def test_what_fails_stops_nothing_and_is_tried_again(tmp_path: Path) -> None:
    ran: list[str] = []
    records = missing(pieces(ran, "a1"), tmp_path)
    assert [it.failed for it in records] == ["ServerFailed: no answer", "", "", ""]
    missing(pieces(ran), tmp_path)
    assert ran == ["a1", "b1", "b2", "a2", "a1"]


def test_a_spoilt_file_is_measured_again(tmp_path: Path) -> None:
    ran: list[str] = []
    todo = pieces(ran)[:1]
    missing(todo, tmp_path)
    todo[0].path(tmp_path).write_text('{"chapter": "c", "na')
    missing(todo, tmp_path)
    assert ran == ["a1", "a1"]


def test_the_digest_changes_with_what_is_measured_only(tmp_path: Path) -> None:
    files = ["course_lib/a.py", "benchmarks/noop.py", "benchmarks/report.py", "notes.md"]
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    digests = []
    for name in files:
        before = setting.code_digest(tmp_path)
        (tmp_path / name).write_text("2")
        digests.append(before != setting.code_digest(tmp_path))
    assert digests == [True, True, False, False]
