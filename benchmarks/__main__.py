"""`make bench`: see the package."""

import argparse
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path

from benchmarks import report
from benchmarks.piece import ROOT, Piece, all_saved, comparable, run_missing
from benchmarks.setting import setting

CHAPTERS = ("noop", "sentiment", "whole_api", "growth", "startup")
CACHE = ROOT / ".cache/bench"
RESULTS = ROOT / "benchmarks/results"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is missing, and write the report; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure side by side."
    )
    parser.add_argument("--quick", action="store_true", help="one short round: does it all work?")
    parser.add_argument("--fresh", action="store_true", help="measure all again")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the report")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help=", ".join(CHAPTERS))
    given = parser.parse_args(arguments)
    if unknown := set(given.chapters) - set(CHAPTERS):
        parser.error(f"there is no chapter {', '.join(sorted(unknown))}")

    rows = CACHE / ("quick" if given.quick else "rows")
    modules = {name: import_module(f"benchmarks.{name}") for name in CHAPTERS}
    todo = {name: module.pieces(given.quick) for name, module in modules.items()}
    if not given.report:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # or servers would be left
        chosen = [name for name in CHAPTERS if not given.chapters or name in given.chapters]
        try:
            measure({name: todo[name] for name in chosen}, given.quick, given.fresh, rows)
        except KeyboardInterrupt:
            print("Interrupted. The same command goes on where it stopped.")
            return 130

    found = list(all_saved(rows))
    records = [record for record in found if comparable(record.setting, found[-1].setting)]
    measured = {(it.chapter, it.name, it.round) for it in records if not it.failed}
    whole = {(it.chapter, it.name, it.round) for it in chain(*todo.values())} <= measured
    folder = RESULTS if whole else CACHE / "results"
    if given.quick:
        folder = CACHE / "quick-results"
    written = report.write([module.CHAPTER for module in modules.values()], records, folder)
    left_out = len(found) - len(records)
    print(f"{written.relative_to(ROOT)}: {len(records)} pieces, {left_out} older ones left out")
    failed = [it for it in records if it.failed]
    for it in failed:
        print(f"not measured: {it.chapter}, {it.name}, round {it.round}: {it.failed}")
    return 1 if failed else 0


def measure(todo: Mapping[str, Sequence[Piece]], quick: bool, fresh: bool, rows: Path) -> None:
    """Run what is missing of some chapters, or all of them."""
    now, started = setting(quick), time.monotonic()
    for chapter, pieces in todo.items():
        if fresh:
            for path in rows.glob(f"{chapter}--*.json"):
                path.unlink()
        run_missing(pieces, now, rows, say=partial(print, flush=True))
    print(f"{(time.monotonic() - started) / 60:.1f} minutes")


if __name__ == "__main__":
    sys.exit(main())
