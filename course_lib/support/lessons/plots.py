"""The look of the course's plots: readable in grey, on paper and on a small screen."""

from typing import Any

import matplotlib.pyplot as plt

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
