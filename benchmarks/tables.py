"""Tables in Markdown: a line for each system, with what a peer does better said below it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.rows import Rows, Summary, is_ours

BUSY_CORES = 0.85  # a client that keeps a core this busy may be what limits the system


@dataclass(frozen=True)
class Column:
    """A field of the rows."""

    field: str
    heading: str  # with its unit
    better: Literal["higher", "lower"] | None = None
    digits: int = 0


@dataclass(frozen=True)
class Table:
    """Rows with certain values, a line for each name (and each value of `by`)."""

    title: str
    where: Mapping[str, Any]
    columns: Sequence[Column]
    by: Mapping[str, str] | None = None  # more fields that tell lines apart, with their headings
    no_peers: frozenset[str] = frozenset()  # not compared with peers: a limit


@dataclass(frozen=True)
class Target:
    """What the numbers should come to."""

    text: str
    bound: float
    value: Callable[[Rows], Summary | None]
    at_least: bool = True  # or at most
    unit: str = "×"

    def met(self, found: Summary) -> bool:
        """Whether the median reaches the bound."""
        return found.median >= self.bound if self.at_least else found.median <= self.bound


def table(spec: Table, rows: Rows) -> str:
    """A table and the remarks on it; nothing where no rows are."""
    rows = rows.where(**spec.where)
    by = dict(spec.by or {})
    lines = []
    for name in rows.names():
        for values in combinations(rows.where(name=name), by):
            found = rows.where(name=name, **values)
            cells = [cell(spec, column, name, found, rows) for column in spec.columns]
            lines.append([name, *(str(value) for value in values.values()), *cells])
    if not lines:
        return ""
    headings = ["", *by.values(), *(column.heading for column in spec.columns)]
    parts = [f"**{spec.title}**", markdown(headings, lines)]
    if remarks := [*(() if by else wins(spec, rows)), *warnings(rows)]:
        parts.append("\n".join(f"- {remark}" for remark in remarks))
    return "\n\n".join(parts)


def cell(spec: Table, column: Column, name: str, found: Rows, rows: Rows) -> str:
    """A median and its spread, bold for the best system of a column that has a better end."""
    shown = text(found.summary(column.field), column.digits)
    if spec.by or not column.better:
        return shown
    compared = [name for name in rows.names() if name not in spec.no_peers]
    best = rows.best(compared, column.field, higher=column.better == "higher")
    return f"**{shown}**" if name == best else shown


def combinations(rows: Rows, fields: Iterable[str]) -> list[dict[str, Any]]:
    """The values that these fields have together."""
    found = dict.fromkeys(tuple((field, row.get(field)) for field in fields) for row in rows)
    return [dict(pairs) for pairs in found]


def wins(spec: Table, rows: Rows) -> list[str]:
    """This project in units of each peer, in the first column that has a better end.

    As it is by default (its first line), and in its best setting where that is another.
    """
    column = next((column for column in spec.columns if column.better), None)
    compared = [name for name in rows.names() if name not in spec.no_peers]
    ours = [name for name in compared if is_ours(name)]
    peers = [name for name in compared if not is_ours(name)]
    if not column or not ours or not peers:
        return []
    higher = column.better == "higher"
    best = rows.best(ours, column.field, higher=higher)
    remarks = []
    for name in dict.fromkeys([ours[0], best or ours[0]]):
        ratios = {
            peer: rows.where(name=name).ratio(rows.where(name=peer), column.field) for peer in peers
        }
        parts = [
            f"{text(ratio, 2)} × {f'**{peer}**' if (ratio.median < 1) == higher else peer}"
            for peer, ratio in ratios.items()
            if ratio
        ]
        remarks.append(f"{column.heading}: {name} has {', '.join(parts)} (bold: who is better)")
    return remarks


def warnings(rows: Rows) -> list[str]:
    """Requests that failed, clients that were late, and clients that were the bottleneck."""
    remarks = []
    for row in rows:
        which = f"{row['name']}, round {row['round']}"
        if errors := row.get("errors"):
            kinds = ", ".join(f"{count} × {kind}" for kind, count in errors.items())
            remarks.append(f"Errors: {which}: {kinds} of {row['requests']} requests")
        if row.get("late"):
            remarks.append(f"The client did not keep its schedule: {which}")
    busy = {row["name"] for row in rows if (row.get("client_cores") or 0) > BUSY_CORES}
    if busy:
        names = ", ".join(name for name in rows.names() if name in busy)
        remarks.append(
            f"The client kept more than {BUSY_CORES} of a core busy and may have limited: {names}"
        )
    return remarks


def targets(specs: Iterable[Target], rows: Rows) -> str:
    """Which targets are met."""
    lines = []
    for spec in specs:
        found = spec.value(rows)
        bound = f"{'≥' if spec.at_least else '≤'} {spec.bound:g} {spec.unit}"
        if found is None:
            lines.append([spec.text, bound, "", "not measured"])
        else:
            measured = f"{text(found, 2 if spec.unit == '×' else 1)} {spec.unit}"
            lines.append([spec.text, bound, measured, "met" if spec.met(found) else "**not met**"])
    return markdown(["target", "bound", "measured", ""], lines)


def text(found: Summary | None, digits: int) -> str:
    """A median with its spread: "12.5 (11.9..14.0)"."""
    if found is None:
        return ""
    middle, low, high = (f"{value:,.{digits}f}" for value in (found.median, found.low, found.high))
    return middle if found.rounds == 1 else f"{middle} ({low}..{high})"


def markdown(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    rows = [headings, ["---"] * len(headings), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
