"""Rows of many pieces together: medians, spread, and ratios within a round."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.piece import Record, Row

OURS = "this project"  # with what these names begin


@dataclass(frozen=True)
class Summary:
    """What one number was over the rounds."""

    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Summary | None":
        """The summary of values; None without one."""
        if not values:
            return None
        return cls(median(values), min(values), max(values), len(values))


class Rows(Sequence[Row]):
    """Rows, each with the chapter, name and round of its piece."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = list(rows)

    @classmethod
    def of(cls, records: Iterable[Record]) -> "Rows":
        """The rows of records, the first round first."""
        return cls(
            {"chapter": record.chapter, "name": record.name, "round": record.round, **row}
            for record in sorted(records, key=lambda record: record.round)
            for row in record.rows
        )

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def where(self, **values: Any) -> "Rows":
        """The rows with these values in their fields."""
        return Rows(row for row in self if values.items() <= row.items())

    def distinct(self, field: str) -> list[Any]:
        """The values of a field, in the order in which they first appear."""
        return list(dict.fromkeys(row[field] for row in self if row.get(field) is not None))

    def names(self) -> list[str]:
        """The systems, in the order of the first round."""
        return self.distinct("name")

    def by_round(self, field: str) -> dict[int, float]:
        """A field's value in each round; the median where a round has several."""
        rounds: dict[int, list[float]] = {}
        for row in self:
            if (value := row.get(field)) is not None:
                rounds.setdefault(row["round"], []).append(value)
        return {number: median(values) for number, values in rounds.items()}

    def summary(self, field: str) -> Summary | None:
        """A field over the rounds."""
        return Summary.of(list(self.by_round(field).values()))

    def ratio(self, other: "Rows", field: str) -> Summary | None:
        """This field in units of the other's: a ratio for each round that both have.

        Systems are measured one after the other in a round, so that a slow hour of the machine
        cancels out of the ratio.
        """
        mine, theirs = self.by_round(field), other.by_round(field)
        both = sorted(mine.keys() & theirs.keys())
        return Summary.of([mine[number] / theirs[number] for number in both if theirs[number]])

    def best(self, names: Iterable[str], field: str, *, higher: bool = True) -> str | None:
        """Which of these systems has the best median."""
        found = {name: self.where(name=name).summary(field) for name in names}
        known = {name: summary.median for name, summary in found.items() if summary}
        if not known:
            return None
        return (max if higher else min)(known, key=lambda name: known[name])

    def to_best_peer(
        self,
        name: str,
        field: str,
        *,
        no_peers: frozenset[str] = frozenset(),
        higher: bool = True,
    ) -> Summary | None:
        """A system's field in units of the best peer's."""
        peers = [it for it in self.names() if not is_ours(it) and it not in no_peers]
        best = self.best(peers, field, higher=higher)
        return self.where(name=name).ratio(self.where(name=best), field)


def is_ours(name: str) -> bool:
    """Whether a system is this project's way of serving, in any of its settings."""
    return name.startswith(OURS)
