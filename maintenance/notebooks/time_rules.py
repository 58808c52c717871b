"""How long a lesson takes and how much code it holds, and that its title and the README say so.

A reader needs a minute for 200 words or for ten lines of code. The exercises come on top: nobody
can say how long a person thinks. The spine is what stands before "Going deeper".
"""

import math
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from maintenance.notebooks.reading import Cell, Notebook

WORDS_PER_MINUTE, LINES_PER_MINUTE = 200, 10
STEP_MINUTES = 5
MOST_SPINE_MINUTES = 30
MOST_CODE_LINES = 350
MOST_MODULE_LINES = 200
MOST_CELLS_BEFORE_SERVING = 10
SERVING = {"serve.run", "serve.run_many"}
FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def time_problems(notebook: Notebook) -> Iterator[str]:
    """Report a title, or a row of the README's table, that says another time."""
    spine, whole = minutes(_spine(notebook)), minutes(_lesson(notebook))
    said = f"{spine} minutes, without the exercises"
    row = f"]({notebook.name}) | {spine} |"
    if whole > spine:
        said = f"{spine} minutes, and {whole - spine} for what goes deeper, without the exercises"
        row = f"]({notebook.name}) | {spine} + {whole - spine} |"
    if said not in notebook.cells[0].source:
        yield notebook.cells[0].problem(f'must say how long it takes: "{said}"')
    readme = notebook.root / "README.md"
    if not readme.exists() or row not in readme.read_text(encoding="utf-8"):
        yield f"README.md: its table must have this lesson with its minutes: {row}"


def size_problems(notebook: Notebook) -> Iterator[str]:
    """Report a lesson that serves too late, or has too long a spine, too much code or module."""
    spine, lesson = _spine(notebook), _lesson(notebook)
    if spine == lesson:
        return
    if minutes(spine) > MOST_SPINE_MINUTES:
        yield notebook.problem(f"its spine takes more than {MOST_SPINE_MINUTES} minutes")
    if (lines := sum(map(_code_lines, lesson))) > MOST_CODE_LINES:
        yield notebook.problem(f"holds {lines} lines of code, more than {MOST_CODE_LINES}")
    module = sum(_code_lines(cell) for cell in lesson if "export" in cell.directives)
    if module > MOST_MODULE_LINES:
        yield notebook.problem(f"exports {module} lines of code, more than {MOST_MODULE_LINES}")
    code = [cell for cell in lesson if cell.node.cell_type == "code"]
    serving = [cell for cell in code if SERVING & set(cell.calls)]
    is_introduction = notebook.path.name.startswith("00")
    if serving and serving[0] not in code[:MOST_CELLS_BEFORE_SERVING] and not is_introduction:
        yield serving[0].problem(f"comes after {MOST_CELLS_BEFORE_SERVING} cells without serving")


def minutes(cells: Sequence[Cell]) -> int:
    """The minutes that cells take, rounded up to whole steps of five."""
    words = sum(
        len(FENCED.sub("", cell.source).split())
        for cell in cells
        if cell.node.cell_type == "markdown"
    )
    needed = words / WORDS_PER_MINUTE + sum(map(_code_lines, cells)) / LINES_PER_MINUTE
    return STEP_MINUTES * math.ceil(needed / STEP_MINUTES)


def _lesson(notebook: Notebook) -> list[Cell]:
    return list(takewhile(lambda cell: not cell.source.startswith("## Exercises"), notebook.cells))


def _spine(notebook: Notebook) -> list[Cell]:
    lesson = _lesson(notebook)
    return list(takewhile(lambda cell: not cell.source.startswith("# Going deeper"), lesson))


def _code_lines(cell: Cell) -> int:
    if cell.node.cell_type != "code":
        return 0
    lines = (line for line in cell.source.splitlines() if not line.startswith("#|"))
    return sum(bool(line.strip()) for line in lines)
