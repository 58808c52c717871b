"""Tables, targets and the report made of them."""

from pathlib import Path

from benchmarks import piece, report
from benchmarks.plots import Bars, Lines
from benchmarks.rows import Rows
from benchmarks.tables import Column, Table, Target, table, targets
from tests.benchmarks.rows import SETTING, rows

THROUGHPUT = Table("Load", {}, (Column("x", "answers/s", better="higher"),))


def test_a_table_says_where_a_peer_is_better() -> None:
    found = rows(this_project=[10, 20, 30], Peer=[20, 21, 40], Slow=[5, 5, 5], Limit=[99, 99, 99])
    spec = Table("Load", {}, THROUGHPUT.columns, no_peers=frozenset({"Limit"}))
    text = table(spec, found)
    assert "| this project | 20 (10..30) |" in text
    assert "| Peer | **21 (20..40)** |" in text
    assert "this project has 0.75 (0.50..0.95) × **Peer**, 4.00 (2.00..6.00) × Slow (bold" in text
    assert "× **Limit**" in table(THROUGHPUT, found)


def test_a_setting_of_ours_that_does_other_work_is_not_compared() -> None:
    found = rows(this_project=[10], this_project_cheaper=[90], Peer=[20])
    spec = Table("Load", {}, THROUGHPUT.columns, no_peers=frozenset({"this project cheaper"}))
    text = table(spec, found)
    assert "| this project cheaper | 90 |" in text
    assert "| Peer | **20** |" in text
    assert "this project has 0.50 × **Peer** (bold" in text
    assert "this project cheaper has" not in text


def test_where_less_is_better_the_least_is_the_best() -> None:
    spec = Table("Load", {}, (Column("x", "p50, ms", better="lower"),))
    text = table(spec, rows(this_project=[3], this_project_fast=[1], Peer=[2]))
    assert "| this project fast | **1** |" in text
    assert "this project has 1.50 × **Peer** (bold" in text
    assert "this project fast has 0.50 × Peer (bold" in text


def test_a_table_says_what_went_wrong() -> None:
    bad = {"name": "Peer", "round": 1, "requests": 9, "errors": {"HTTP 503": 2}, "late": True}
    text = table(THROUGHPUT, Rows([{**bad, "x": 1, "client_cores": 0.99}]))
    assert "Errors: Peer, round 1: 2 × HTTP 503 of 9 requests" in text
    assert "did not keep its schedule: Peer, round 1" in text
    assert "may have limited: Peer" in text


def test_a_target_is_met_not_met_or_not_measured() -> None:
    specs = [
        Target("fast", 2, lambda rows: rows.summary("x")),
        Target("faster", 3, lambda rows: rows.summary("x")),
        Target("short", 2.5, lambda rows: rows.summary("x"), at_least=False, unit="ms"),
        Target("unknown", 1, lambda rows: rows.summary("y")),
    ]
    text = targets(specs, rows(a=[2, 2.5, 3]))
    assert "| fast | ≥ 2 × | 2.50 (2.00..3.00) × | met |" in text
    assert "| faster | ≥ 3 × | 2.50 (2.00..3.00) × | **not met** |" in text
    assert "| short | ≤ 2.5 ms | 2.5 (2.0..3.0) ms | met |" in text
    assert "| unknown | ≥ 1 × |  | not measured |" in text


def test_the_report_has_machine_versions_tables_and_plots(tmp_path: Path) -> None:
    records = [
        piece.Record(
            "c", name, number, f"2026-01-0{number}T00:00:00Z", 60, SETTING, [{"x": number}]
        )
        for name in ("this project", "Peer")
        for number in (1, 2)
    ]
    records.append(
        piece.Record("c", "Other", 1, "2026-01-01T00:00:00Z", 1, SETTING, [], "it ended")
    )
    chapter = report.Chapter(
        "c",
        "A chapter",
        "How it is measured.",
        (THROUGHPUT,),
        (Target("fast", 1, lambda rows: rows.summary("x")),),
        (
            Bars("bars.png", "Bars", {}, "x", "answers/s"),
            Lines("lines.png", "Lines", {}, "round", "x", ("round", "answers/s"), log="x"),
            Bars("none.png", "None", {"x": -1}, "x", "answers/s"),
        ),
    )
    text = report.write([chapter], records, tmp_path).read_text()
    for expected in ("P, 2 cores, 8.0 GB", "abc", "python 3.11", "| fast |", "![Bars](bars.png)"):
        assert expected in text
    assert "Not measured: Other, round 1: it ended" in text
    assert {path.name for path in tmp_path.iterdir()} == {"README.md", "bars.png", "lines.png"}
