"""What was promised, what was measured, and whether the promise was kept."""

import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from time import monotonic

_started = monotonic()


@dataclass(frozen=True)
class Result:
    """One promise and what became of it."""

    part: str
    promise: str
    measured: str
    kept: bool


def table(results: Sequence[Result]) -> str:
    """The results as the rows of a table, for a terminal."""
    rows = [("test", "promised", "measured", "")]
    rows += [(*astuple(result)[:3], "kept" if result.kept else "BROKEN") for result in results]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def progress(text: str) -> None:
    """Say what happens now."""
    print(f"{monotonic() - _started:6.1f} s  {text}", flush=True)


def exit_status(results: Sequence[Result]) -> int:
    """0 where there are results and every promise was kept."""
    if not results:
        print("Nothing was measured.", file=sys.stderr)
    return 0 if results and all(result.kept for result in results) else 1
