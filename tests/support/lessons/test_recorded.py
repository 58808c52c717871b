"""Lines and spans of a request, from files as Serve writes them."""

import json
from pathlib import Path

import pytest

from course_lib.support.lessons.recorded import log_lines, spans


def span(name: str, request: str | None, second: int, took_ms: int) -> str:
    return json.dumps(
        {
            "name": name,
            "start_time": f"2026-11-30T15:26:{second:02}.000000Z",
            "end_time": f"2026-11-30T15:26:{second:02}.{took_ms:03}000Z",
            "attributes": {"request_id": request} if request else {},
        },
        indent=4,
    )


@pytest.fixture
def folder(tmp_path: Path) -> str:
    serve = tmp_path / "session_2026-11-30" / "logs" / "serve"
    (serve / "spans").mkdir(parents=True)
    (tmp_path / "session_latest").symlink_to(serve.parents[1])
    (serve / "proxy.log").write_text(
        '{"message": "late", "request_id": "find-me", "timestamp_ns": 3}\n'
        '{"message": "other", "request_id": "you", "timestamp_ns": 2}\n'
    )
    line = '{"message": "early", "request_id": "find-me", "timestamp_ns": 1}\n'
    (serve / "replica.log").write_text(line + line[:60])
    (serve / "spans" / "a.json").write_text(
        f"{span('two', 'find-me', 2, 5)}\n{span('x', 'you', 1, 1)}"
    )
    (serve / "spans" / "b.json").write_text(
        f"{span('one', 'find-me', 1, 9)}{span('none', None, 3, 1)}"
    )
    (serve / "spans" / "c.json").write_text(span("half", "find-me", 4, 1)[:40])
    (serve / "spans" / "d.json").write_text("")
    return str(tmp_path)


def test_the_lines_of_a_request_come_in_order_and_once(folder: str) -> None:
    assert [line["message"] for line in log_lines(folder, "find-me")] == ["early", "late"]
    assert log_lines(folder, "nobody") == []


def test_the_spans_of_a_request_come_in_order_and_whole(folder: str) -> None:
    found = spans(folder, "find-me")
    assert [it["name"] for it in found] == ["one", "two"]
    assert [it["took_ms"] for it in found] == pytest.approx([9, 5])
    assert found[1]["begin_ms"] - found[0]["begin_ms"] == pytest.approx(1_000)


def test_without_a_request_all_spans_come(folder: str) -> None:
    assert {it["name"] for it in spans(folder)} == {"one", "two", "x", "none"}
