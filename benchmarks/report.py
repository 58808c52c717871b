"""The report: `README.md` and its plots, from rows on disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.piece import Record
from benchmarks.plots import Plot, draw
from benchmarks.rows import Rows
from benchmarks.tables import Table, Target, markdown, table, targets

FAIRNESS = """\
How it was made fair: the same Python and packages, model objects, checks of a request and number
of model workers for all; one thread a worker (what a tutorial would give, and the book's graph, are
as they are); access logs off; a warm-up before each measurement;
everything on 127.0.0.1 of one machine, the client included: it takes its share of the cores, and
the tables say how much. The systems take turns in rounds, in every second one the other way round:
a machine that gets slower meanwhile favours nobody. A number is the median over the rounds, with
the least and the most behind it; a ratio is formed within each round. The best of a column is bold.
Each program in `benchmarks/servers` says how its system was set up, and which page of its
documentation says so. CPU is the processor time of all processes of a system for one request. MB
and GB are powers of ten.

Ratios within this run are its result; the absolute numbers belong to this machine on that day."""


@dataclass(frozen=True)
class Chapter:
    """What the report says of a chapter."""

    name: str
    title: str
    text: str  # Markdown: what is measured, and how
    tables: Sequence[Table] = ()
    targets: Sequence[Target] = ()
    plots: Sequence[Plot] = ()


def write(chapters: Sequence[Chapter], records: Sequence[Record], folder: Path) -> Path:
    """Write the report of records of one setting; return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    rows = Rows.of(records)
    parts = ["# Side by side", header(records)]
    if specs := [target for chapter in chapters for target in chapter.targets]:
        parts += ["## Targets", targets(specs, rows)]
    for chapter in chapters:
        parts += section(chapter, [it for it in records if it.chapter == chapter.name], folder)
    path = folder / "README.md"
    path.write_text("\n\n".join(part for part in parts if part) + "\n")
    return path


def header(records: Sequence[Record]) -> str:
    """When, where and with what it was measured, and how to read it."""
    if not records:
        return "Nothing was measured yet: `make bench` does it."
    setting = records[0].setting
    machine = setting["machine"]
    ended = sorted(record.ended for record in records)
    minutes = sum(record.took_s for record in records) / 60
    commits = ", ".join(sorted({record.setting["commit"] for record in records}))
    facts = [
        ["machine", f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB"],
        ["measured", f"{ended[0]} to {ended[-1]}, {minutes:.1f} minutes of it"],
        ["commit", commits],
        ["versions", ", ".join(f"{name} {number}" for name, number in setting["versions"].items())],
    ]
    quick = "Quick mode: one short round, which says that all works and little more."
    command = "`make bench QUICK=1`" if setting["quick"] else "`make bench`"
    made = f"Made by {command}; not edited by hand."
    return "\n\n".join(
        [made, *([quick] if setting["quick"] else []), markdown(["", ""], facts), FAIRNESS]
    )


def section(chapter: Chapter, records: Sequence[Record], folder: Path) -> list[str]:
    """A chapter's part of the report."""
    rows = Rows.of(records)
    parts = [f"## {chapter.title}", chapter.text]
    if not records:
        parts.append("Not measured.")
    failed = [
        f"- Not measured: {it.name}, round {it.round}: {it.failed.splitlines()[0]}"
        for it in records
        if it.failed
    ]
    parts.append("\n".join(failed))
    parts += [table(spec, rows) for spec in chapter.tables]
    parts += [f"![{it.title}]({it.file})" for it in chapter.plots if draw(it, rows, folder)]
    return parts
