"""Plots of rows, in the course's style: readable in grey, with the spread over the rounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from benchmarks.rows import Rows, is_ours
from course_lib.support.lessons.plots import use_course_style

MARKERS = "os^Dv*Px"
DASHES = ("-", "--", ":", "-.")


@dataclass(frozen=True)
class Bars:
    """A bar for each system: its median, with a whisker from the least to the most."""

    file: str  # "noop_throughput.png"
    title: str  # what it shows, in a sentence
    where: Mapping[str, Any]
    field: str
    label: str  # of the axis, with its unit

    def draw(self, rows: Rows, axes: Any) -> None:
        """Draw the bars, the first system at the top, this project's darker."""
        rows = rows.where(**self.where)
        names = [name for name in rows.names() if rows.where(name=name).summary(self.field)]
        found = [rows.where(name=name).summary(self.field) for name in names]
        whiskers = [[it.median - it.low for it in found], [it.high - it.median for it in found]]
        shades = ["0.35" if is_ours(name) else "0.75" for name in names]
        axes.barh(names, [it.median for it in found], color=shades, xerr=whiskers, capsize=3)
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(self.label)


@dataclass(frozen=True)
class Lines:
    """A line for each system: a field against another, with the spread over the rounds."""

    file: str
    title: str
    where: Mapping[str, Any]
    x: str
    y: str
    labels: Sequence[str]  # of the axes, with their units
    log: str = ""  # "x", "y" or "xy"

    def draw(self, rows: Rows, axes: Any) -> None:
        """Draw the lines."""
        rows = rows.where(**self.where)
        for number, name in enumerate(rows.names()):
            line = rows.where(name=name)
            xs = sorted(
                x for x in line.distinct(self.x) if line.where(**{self.x: x}).summary(self.y)
            )
            found = [line.where(**{self.x: x}).summary(self.y) for x in xs]
            axes.errorbar(
                xs,
                [it.median for it in found],
                yerr=[[it.median - it.low for it in found], [it.high - it.median for it in found]],
                label=name,
                capsize=2,
                color="0.0" if is_ours(name) else "0.55",
                linestyle=DASHES[number % len(DASHES)],
                marker=MARKERS[number % len(MARKERS)],
                markersize=4,
            )
        for axis in self.log:
            getattr(axes, f"set_{axis}scale")("log")
        if "x" in self.log:
            ticks = rows.distinct(self.x)
            axes.set_xticks(ticks, [f"{tick:,g}" for tick in ticks])
            axes.minorticks_off()
        else:
            axes.set_xlim(left=0)
        if "y" not in self.log:
            axes.set_ylim(bottom=0)
        axes.set_xlabel(self.labels[0])
        axes.set_ylabel(self.labels[1])
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))


Plot = Bars | Lines


def draw(plot: Plot, rows: Rows, folder: Path) -> bool:
    """Draw a plot into a file; False where there is nothing to draw."""
    if not rows.where(**plot.where):
        return False
    use_course_style()
    figure, axes = plt.subplots()
    plot.draw(rows, axes)
    axes.set_title(plot.title)
    figure.savefig(folder / plot.file, dpi=110, metadata={"Software": None})
    plt.close(figure)
    return True
