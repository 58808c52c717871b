"""How long a lesson takes, and that its title and the README say so.

A reader needs a minute for 200 words or for ten lines of code. The exercises come on top: nobody
can say how long a person thinks.
"""

import math
import re
from collections.abc import Iterator
from itertools import takewhile

from maintenance.notebooks.reading import Notebook

WORDS_PER_MINUTE, LINES_PER_MINUTE = 200, 10
STEP_MINUTES = 5
FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def lesson_minutes(notebook: Notebook) -> int:
    """The minutes up to the exercises, rounded up to whole steps of five."""
    words = lines = 0
    for cell in takewhile(lambda cell: not cell.source.startswith("## Exercises"), notebook.cells):
        if cell.node.cell_type == "markdown":
            words += len(FENCED.sub("", cell.source).split())
        else:
            lines += sum(bool(line.strip()) for line in cell.source.splitlines())
    minutes = words / WORDS_PER_MINUTE + lines / LINES_PER_MINUTE
    return STEP_MINUTES * math.ceil(minutes / STEP_MINUTES)


def time_problems(notebook: Notebook) -> Iterator[str]:
    """Report a title, or a row of the README's table, that says another time."""
    minutes = lesson_minutes(notebook)
    if f"{minutes} minutes, without the exercises" not in notebook.cells[0].source:
        yield notebook.cells[0].problem(
            f'must say how long it takes: "{minutes} minutes, without the exercises"'
        )
    readme = notebook.root / "README.md"
    row = f"]({notebook.name}) | {minutes} |"
    if not readme.exists() or row not in readme.read_text(encoding="utf-8"):
        yield f"README.md: its table must have this lesson with its minutes: {row}"
