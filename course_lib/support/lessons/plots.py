"""The look of the course's plots: readable in grey, on paper and on a small screen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from course_lib.support.load.crowd import Outcome

GREYS = ("0.0", "0.45", "0.7")
STYLE: dict[Any, Any] = {
    "figure.figsize": (8, 3),
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "0.9",
    "image.cmap": "gray",
    "legend.frameon": False,
    # A line is told from the next by its dashes, too, not by its shade alone.
    "axes.prop_cycle": plt.cycler(color=GREYS, linestyle=("-", "--", ":")),
}


def use_course_style() -> None:
    """Draw every plot of this process in the course's style."""
    plt.rcParams.update(STYLE)


def draw_waits(
    axis: Axes,
    outcomes: Sequence[Outcome],
    group: Callable[[Outcome], str],
    markers: Mapping[str, str],
) -> float:
    """Draw when each request was sent and how long it waited; return the first moment.

    `markers` has each group's marker, in the order of the legend. A group without requests has no
    place in it.
    """
    start = min(outcome.began_s for outcome in outcomes)
    for (name, marker), grey in zip(markers.items(), ("0.5", "0.0", "0.0"), strict=False):
        of_it = [outcome for outcome in outcomes if group(outcome) == name]
        times_s = [outcome.began_s - start for outcome in of_it]
        waits_s = [outcome.took_s for outcome in of_it]
        if of_it:
            axis.plot(times_s, waits_s, marker, color=grey, label=f"{name}: {len(of_it)}")
    return start
