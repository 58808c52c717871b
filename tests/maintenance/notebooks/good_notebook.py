"""A small notebook that keeps every rule, and ways to break one of them."""

from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode
from nbformat import v4 as notebook_format

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
CONTRACT = '''#| default_exp greeting
#| export
"""Greets by name.

It serves nothing.
"""

import math

from course_lib.support.lessons import exercises'''
DEFINITIONS = '''#| export
class Greeter:
    """Says hello."""

    def __call__(self, name: str = "you") -> str:
        """Greet one person."""
        return f"hello, {name}"


WAIT_S = math.tau
app = Greeter()'''
EXERCISE = "answer = ...\n\nawait check(check_even, answer)"
SOLUTION = "answer = 4\nawait prove(check_even, answer, wrong=[3])"
CHECK = """from course_lib.support.lessons.exercises import check, prove


def check_even(number):
    assert number % 2 == 0, f"{number} is odd\""""
NOT_YET = "Not yet: put your answer in place of the dots, then run this cell again.\n"


def code(name: str, source: str, stdout: str = "", **metadata: object) -> NotebookNode:
    """A code cell that has run."""
    outputs = [notebook_format.new_output("stream", name="stdout", text=stdout)] if stdout else []
    return notebook_format.new_code_cell(source, id=name, outputs=outputs, metadata=metadata)


def markdown(name: str, source: str) -> NotebookNode:
    """A cell to read."""
    return notebook_format.new_markdown_cell(source, id=name)


def good_notebook() -> NotebookNode:
    """A lesson that keeps every rule, and uses every kind of cell."""
    cells = [
        markdown(
            "title",
            "# Greeting\n\n> For you. *5 minutes, without the exercises.*\n\n"
            "See [the module](../course_lib/greeting.py#L1), `![](x)`.",
        ),
        code("contract", CONTRACT),
        code("definitions", DEFINITIONS),
        code("use", 'print(app("Ada"))', "hello, Ada\n"),
        code(
            "timing",
            "import time\n\nprint(moment := time.time())\nassert moment > 0",
            "1.0\n",
            tags=["nbval-ignore-output"],
        ),
        code("failure", "1 / 0", tags=["raises-exception"]),
        code("check", CHECK),
        code("exercise", EXERCISE, NOT_YET, tags=["exercise"]),
        code("solution", SOLUTION, "Right.\n", tags=["solution"], jupyter={"source_hidden": True}),
    ]
    cells[5].outputs = [
        notebook_format.new_output(
            "error", ename="ZeroDivisionError", evalue="division by zero", traceback=["\x1b[31mno"]
        )
    ]
    return numbered(notebook_format.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}))


def numbered(notebook: NotebookNode) -> NotebookNode:
    """Count the runs of the code cells, as a fresh kernel would."""
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code_cells, start=1):
        cell.execution_count = number
    return notebook


def cell_named(notebook: NotebookNode, name: str) -> NotebookNode:
    """The cell with this id."""
    return next(cell for cell in notebook.cells if cell.id == name)


def write(root: Path, notebook: NotebookNode, name: str = "01_greeting.ipynb") -> Path:
    """Store a notebook as it is, without nbformat's repairs."""
    path = root / "notebooks" / name
    path.write_text(notebook_format.writes(notebook))
    return path


def set_source(name: str, source: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: cell_named(notebook, name).update(source=source)


def set_metadata(name: str, **metadata: object) -> Callable[[NotebookNode], None]:
    return lambda notebook: cell_named(notebook, name).metadata.update(metadata)


def set_stdout(text: str, name: str = "stdout") -> Callable[[NotebookNode], None]:
    output = notebook_format.new_output("stream", name=name, text=text)
    return lambda notebook: cell_named(notebook, "use").update(outputs=[output])


def set_display(**data: object) -> Callable[[NotebookNode], None]:
    output = notebook_format.new_output("display_data", data=data)
    return lambda notebook: cell_named(notebook, "use").update(outputs=[output])


def add_cells(*cells: NotebookNode) -> Callable[[NotebookNode], None]:
    return lambda notebook: notebook.cells.extend(cells)


def remove(name: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: notebook.cells.remove(cell_named(notebook, name))
