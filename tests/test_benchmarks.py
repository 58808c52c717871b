"""What the benchmark computes and keeps. The server that is measured here is its own."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from benchmarks import piece, report, setting
from benchmarks.client import fast_request
from benchmarks.load import closed, closed_for, open_, row
from benchmarks.piece import Piece
from benchmarks.plots import Bars, Lines
from benchmarks.rows import Rows, Summary
from benchmarks.server import FAIR, ServerFailed, fair_environment, server
from benchmarks.tables import Column, Table, Target, table, targets
from course_lib.support.load import BadStatus, Load
from tests.conftest import free_port

SETTING = {
    "quick": False,
    "code": "c0de",
    "commit": "abc",
    "versions": {"python": "3.11"},
    "machine": {"processor": "P", "cores": 2, "memory_gb": 8.0},
}


def rows(**values: list[float]) -> Rows:
    """Rows of systems with one number a round."""
    return Rows(
        {"chapter": "c", "name": name.replace("_", " "), "round": number, "x": value}
        for name, numbers in values.items()
        for number, value in enumerate(numbers, 1)
    )


# --- numbers -----------------------------------------------------------------------------------


def test_a_summary_is_the_median_with_the_least_and_the_most() -> None:
    assert rows(a=[3, 1, 8]).summary("x") == Summary(median=3, low=1, high=8, rounds=3)
    assert rows(a=[3]).summary("y") is None


def test_a_rounds_several_values_count_once() -> None:
    several = Rows([{"round": 1, "x": 1}, {"round": 1, "x": 3}, {"round": 2, "x": 10}])
    assert several.summary("x") == Summary(median=6, low=2, high=10, rounds=2)


def test_a_ratio_is_formed_within_each_round() -> None:
    both = rows(slow=[1, 10, 2], fast=[2, 20, 8, 100])  # the fourth round is of one alone
    ratio = both.where(name="fast").ratio(both.where(name="slow"), "x")
    assert ratio == Summary(median=2, low=2, high=4, rounds=3)
    assert both.where(name="fast").ratio(both.where(name="none"), "x") is None


def test_the_best_is_known_by_its_median() -> None:
    both = rows(steady=[5, 5, 5], lucky=[99, 1, 1])
    assert both.best(["steady", "lucky", "absent"], "x") == "steady"
    assert both.best(["steady", "lucky"], "x", higher=False) == "lucky"
    assert both.best(["absent"], "x") is None


def test_a_load_as_a_row() -> None:
    load = Load((1.0, 2.0, 9.0), (0, 0, 0), {"HTTP 503": 1}, duration_s=2.0)
    found = row(load, client_s=1.0, server_s=3.0)
    assert found["requests"] == 4
    assert found["throughput_per_s"] == 1.5  # an error is no answer
    assert found["errors"] == {"HTTP 503": 1}
    assert (found["client_cpu_ms"], found["server_cpu_ms"]) == (250, 750)
    assert (found["client_cores"], found["server_cores"]) == (0.5, 1.5)
    json.dumps(row(Load((), (), {"HTTP 500": 1}, 1.0), 0.0, None), allow_nan=False)


# --- running pieces ----------------------------------------------------------------------------


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


def test_rounds_are_interleaved(tmp_path: Path) -> None:
    ran: list[str] = []
    missing(pieces(ran), tmp_path)
    assert ran == ["a1", "b1", "a2", "b2"]


def test_a_run_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    ran: list[str] = []
    todo = pieces(ran)
    missing(todo[:3], tmp_path)
    records = missing(todo, tmp_path, commit="a later one that changed no code")
    assert ran == ["a1", "b1", "a2", "b2"]
    assert [(it.name, it.round, it.rows) for it in records] == [
        ("a", 1, [{"x": 1}]),
        ("b", 1, [{"x": 1}]),
        ("a", 2, [{"x": 2}]),
        ("b", 2, [{"x": 2}]),
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
    assert ran == ["a1", "b1", "a2", "b2", "a1"]


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


# --- servers and load --------------------------------------------------------------------------

ANSWERS = """
import http.server, subprocess, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(503 if b"refuse" in body else 200)
        self.send_header("Content-Length", str(len(body)))
        if b"close" in body:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
sleep = [sys.executable, "-c", "import time; time.sleep(100)"]
child = subprocess.Popen(sleep, start_new_session=True)
print(child.pid, flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def test_a_server_is_measured_and_stopped_with_all_its_processes() -> None:
    url = f"http://127.0.0.1:{(port := free_port())}/"
    command = [sys.executable, "-c", ANSWERS, str(port)]
    with server(command, url, json={}, name="test", timeout_s=20) as it:
        assert it.started_s > 0
        assert it.cpu_s() > 0
        found = it.processes()
        assert len(found) == 2
        assert it.memory_mb() > 5

        async def measure() -> list[dict]:
            async with fast_request(url, {"n": 1}) as request:
                return [
                    await closed(request, clients=4, requests=40, server=it),
                    await closed_for(request, clients=2, seconds=0.2, server=it),
                    await open_(request, rate_per_s=50, duration_s=0.4, server=it),
                ]

        by_count, by_time, scheduled = asyncio.run(measure())
        assert (by_count["requests"], by_count["errors"]) == (40, {})
        assert by_count["server_cpu_ms"] > 0
        assert by_time["requests"] >= 8
        assert scheduled["measure"] == "open"
        with pytest.raises(ServerFailed, match="taken"), server(command, url, json={}):
            pass
    assert not any(process.is_running() for process in found)


def test_the_fast_client_reads_statuses_and_survives_closed_connections() -> None:
    url = f"http://127.0.0.1:{(port := free_port())}/"

    async def ask(body: object) -> None:
        async with fast_request(url, body) as request:
            for _ in range(3):
                await request()

    with server([sys.executable, "-c", ANSWERS, str(port)], url, json={}, name="test"):
        asyncio.run(ask("close"))
        with pytest.raises(BadStatus, match="HTTP 503"):
            asyncio.run(ask("refuse"))
    with pytest.raises(OSError, match=str(port)):
        asyncio.run(ask("nobody is there"))


def test_a_server_that_ends_says_why() -> None:
    command = [sys.executable, "-c", "raise SystemExit('no model here')"]
    with (
        pytest.raises(ServerFailed, match=r"(?s)status 1.*no model here"),
        server(command, f"http://127.0.0.1:{free_port()}/", name="test"),
    ):
        pass


def test_no_system_gets_threads_of_its_own() -> None:
    assert fair_environment({"A": "1", "OMP_NUM_THREADS": "1"})["A"] == "1"
    with pytest.raises(ValueError, match="OMP_NUM_THREADS"):
        fair_environment({"OMP_NUM_THREADS": "2"})


def test_the_reader_s_own_settings_do_not_reach_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    environment = fair_environment({})
    assert "RAY_ADDRESS" not in environment
    assert environment["OMP_NUM_THREADS"] == FAIR["OMP_NUM_THREADS"]
    assert environment["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


# --- the report --------------------------------------------------------------------------------

THROUGHPUT = Table("Load", {}, (Column("x", "answers/s", better="higher"),))


def test_a_table_says_where_a_peer_is_better() -> None:
    found = rows(this_project=[10, 20, 30], Peer=[20, 21, 40], Slow=[5, 5, 5], Limit=[99, 99, 99])
    spec = Table("Load", {}, THROUGHPUT.columns, no_peers=frozenset({"Limit"}))
    text = table(spec, found)
    assert "| this project | 20 (10..30) |" in text
    assert "| Peer | **21 (20..40)** |" in text
    assert "this project has 0.75 (0.50..0.95) × **Peer**, 4.00 (2.00..6.00) × Slow (bold" in text
    assert "× **Limit**" in table(THROUGHPUT, found)


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
