"""A piece of work, and a run of many that can be cut off and goes on.

A piece's rows are saved when it has ended, with the setting it ran in: the code's digest, versions,
machine, quick or full. Rows of another setting are measured again, never mixed.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ROWS = ROOT / ".cache/bench/rows"

Row = dict[str, Any]  # JSON; a server's measurement has the fields of `benchmarks.load`
Setting = Mapping[str, Any]  # JSON; see `benchmarks.setting`


@dataclass(frozen=True)
class Piece:
    """One system (and its variant) in one round of a chapter."""

    chapter: str
    name: str  # "litserve batched": what the report calls it
    round: int  # 1 and up: all pieces of a chapter's round 1, then all of its round 2
    run: Callable[[], list[Row]]  # starts what it needs, measures, stops

    def path(self, rows: Path) -> Path:
        """The file of this piece's rows."""
        name = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")
        return rows / f"{self.chapter}--{name}--{self.round}.json"


@dataclass(frozen=True)
class Record:
    """What was saved of a piece that ended."""

    chapter: str
    name: str
    round: int
    ended: str  # UTC, ISO 8601
    took_s: float
    setting: Setting
    rows: list[Row]
    failed: str = ""  # why there are no rows


def in_rounds(pieces: Iterable[Piece]) -> list[Piece]:
    """One chapter's pieces, round after round; every second round goes the other way.

    So a machine that gets faster or slower meanwhile favours nobody.
    """
    found = sorted(pieces, key=lambda piece: piece.round)
    return list(
        chain.from_iterable(
            reversed(list(of_round)) if number % 2 == 0 else of_round
            for number, of_round in groupby(found, key=lambda piece: piece.round)
        )
    )


def run_missing(
    pieces: Iterable[Piece],
    setting: Setting,
    rows: Path = ROWS,
    *,
    say: Callable[[str], None] = print,
) -> list[Record]:
    """Run each piece whose rows of this setting are missing; return the records of all.

    A piece that raises is recorded as failed and tried again in the next run; the rest goes on.
    """
    records = []
    for piece in pieces:
        record = saved(piece, setting, rows)
        if record is None:
            say(f"{piece.chapter}: {piece.name}, round {piece.round} ...")
            record = run(piece, setting)
            save(record, piece.path(rows))
            say(
                f"  {record.took_s:.1f} s" + (f", FAILED: {record.failed}" if record.failed else "")
            )
        records.append(record)
    return records


def run(piece: Piece, setting: Setting) -> Record:
    """Run a piece now."""
    started, failed, rows = time.monotonic(), "", []
    try:
        rows = piece.run()
        json.dumps(rows)  # what cannot be saved has failed, too
    except Exception as error:
        rows, failed = [], f"{type(error).__name__}: {error}"
    ended = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    took_s = time.monotonic() - started
    return Record(piece.chapter, piece.name, piece.round, ended, took_s, setting, rows, failed)


def save(record: Record, path: Path) -> None:
    """Write a record, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.write_text(json.dumps(vars(record), indent=1) + "\n")
    half.replace(path)


def saved(piece: Piece, setting: Setting, rows: Path = ROWS) -> Record | None:
    """The record of a piece that ended well in this setting."""
    record = read(piece.path(rows))
    usable = record and comparable(record.setting, setting) and not record.failed
    return record if usable else None


def comparable(one: Setting, other: Setting) -> bool:
    """Whether rows of two settings may stand in one table: all but the commit's name is the same.

    The digest of the code tells commits apart that changed what is measured.
    """
    return {**one, "commit": ""} == {**other, "commit": ""}


def read(path: Path) -> Record | None:
    """A saved record; None where there is none, or one that cannot be read."""
    try:
        return Record(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def all_saved(rows: Path = ROWS) -> Iterator[Record]:
    """Every record in a folder, the oldest first."""
    found = [record for path in rows.glob("*.json") if (record := read(path))]
    yield from sorted(found, key=lambda record: (record.ended, record.chapter, record.name))
