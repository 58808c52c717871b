"""What a cluster has written down of its requests: lines of logs, and spans.

Serve writes both into the folder that `ray start --temp-dir` names: logs as JSON where the
configuration says `encoding: JSON`, spans where it says `tracing_config`. Each replica has a file
of its own.
"""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any


def log_lines(folder: str, request_id: str) -> list[dict[str, Any]]:
    """Return what Serve's logs say about a request, in order."""
    lines = []
    for log in Path(folder).glob("session_2*/logs/serve/*.log"):
        for line in log.read_text().splitlines():
            if request_id in line:
                with suppress(json.JSONDecodeError):  # it is being written
                    lines.append(json.loads(line))
    return sorted(lines, key=lambda line: line["timestamp_ns"])


def spans(folder: str, request_id: str = "") -> list[dict[str, Any]]:
    """Return the spans of a request, or of all requests, in the order in which they began.

    Each has a `name`, `begin_ms` and `took_ms`, in milliseconds, the first since 1970.
    """
    found, decoder = [], json.JSONDecoder()
    for file in Path(folder).glob("session_2*/logs/serve/spans/*.json"):
        text = file.read_text().strip()
        while text:
            try:
                span, end = decoder.raw_decode(text)
            except json.JSONDecodeError:  # it is being written
                break
            text = text[end:].strip()
            if request_id in span["attributes"].get("request_id", ""):
                began, ended = (_ms(span[key]) for key in ("start_time", "end_time"))
                found.append({"name": span["name"], "begin_ms": began, "took_ms": ended - began})
    return sorted(found, key=lambda span: span["begin_ms"])


def _ms(moment: str) -> float:
    return 1_000 * datetime.fromisoformat(moment).timestamp()
