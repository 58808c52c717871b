"""`make bench`: see the package."""

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from benchmarks import piece, report
from benchmarks.setting import setting

CHAPTERS = ("noop", "sentiment", "whole_api", "limit", "growth", "startup")
CACHE = Path(".cache/bench")
RESULTS = Path("benchmarks/results")


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
    modules = {
        name: import_module(f"benchmarks.{name}")
        for name in CHAPTERS
        if find_spec(f"benchmarks.{name}")
    }
    now = setting(given.quick)
    if not given.report:
        if given.fresh:
            shutil.rmtree(rows, ignore_errors=True)
        started = time.monotonic()
        for name, module in modules.items():
            if not given.chapters or name in given.chapters:
                piece.run_missing(module.pieces(given.quick), now, rows)
        print(f"{(time.monotonic() - started) / 60:.1f} minutes")

    found = list(piece.all_saved(rows))
    records = [it for it in found if piece.comparable(it.setting, found[-1].setting)]
    whole = not given.quick and {it.chapter for it in records} >= set(CHAPTERS)
    folder = RESULTS if whole else CACHE / ("quick-results" if given.quick else "results")
    written = report.write([module.CHAPTER for module in modules.values()], records, folder)
    print(
        f"{written}: {len(records)} pieces; {len(found) - len(records)} of other settings left out"
    )
    failed = [it for it in records if it.failed]
    for it in failed:
        print(f"not measured: {it.chapter}, {it.name}, round {it.round}: {it.failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
