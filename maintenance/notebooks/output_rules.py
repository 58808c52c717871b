"""What may be stored as an output, so that nbval compares all that it should.

nbval compares the outputs of every cell except those tagged `nbval-ignore-output`, which assert
their claim in code. It has other ways to ignore a cell; they are refused, so that a reader of the
metadata sees every cell whose output is not compared.
"""

import ast
import re
from collections.abc import Iterable, Iterator

from nbformat import NotebookNode
from nbval.plugin import find_comment_markers

from maintenance.notebooks.reading import Cell, Notebook

IGNORED = "nbval-ignore-output"
RAISES = "raises-exception"
TAGS = {IGNORED, RAISES, "exercise", "solution"}
IGNORED_SHARE = 1 / 3

WIDGET = "application/vnd.jupyter.widget-view+json"
NOISE = {
    "ANSI codes": re.compile(r"\x1b\["),
    "a progress bar": re.compile(r"\r(?!\n)|\d%\|"),
    "a warning": re.compile(r"\w*Warning:"),
    "a log line of Ray": re.compile(
        r"\((raylet|[\w:.]+ pid=\d+)"  # (ServeReplica:app:Model pid=123)
        r"|^(DEBUG|INFO|WARNING|ERROR) \d{4}-\d\d-\d\d"
        r"|^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\s",
        re.MULTILINE,
    ),
}


def output_problems(notebook: Notebook) -> Iterator[str]:
    """Report what would keep nbval from comparing an output, and what no output should hold."""
    for expected, cell in enumerate(notebook.code_cells, start=1):
        if cell.node.execution_count != expected:
            yield cell.problem(
                f"has execution count {cell.node.execution_count} where {expected} is due;"
                " run the notebook from top to bottom in a fresh kernel, and delete empty cells"
            )
            break
    for cell in notebook.code_cells:
        yield from _tag_problems(cell)
        for output in cell.node.outputs:
            yield from (
                cell.problem(f"stores {text}; silence it and run the notebook again")
                for text in _unwanted(output, str(notebook.root))
            )


def share_problems(notebooks: Iterable[Notebook]) -> Iterator[str]:
    """Report if too many cells of the series have outputs that nobody compares."""
    shown = [cell for book in notebooks for cell in book.code_cells if cell.node.outputs]
    ignored = [cell for cell in shown if IGNORED in cell.tags]
    if len(ignored) > IGNORED_SHARE * len(shown):
        yield (
            f"{len(ignored)} of {len(shown)} code cells with output carry {IGNORED}, more than a"
            " third; print what is the same on every machine instead"
        )


def _tag_problems(cell: Cell) -> Iterator[str]:
    if list(find_comment_markers(cell.source)):
        yield cell.problem("steers nbval by a comment; use the cell's tags")
    for tag in sorted(cell.tags - TAGS):
        yield cell.problem(f"has the tag {tag}; known are {', '.join(sorted(TAGS))}")
    asserts = any(isinstance(node, ast.Assert) for node in ast.walk(cell.tree))
    if IGNORED in cell.tags and not asserts and "prove" not in cell.calls:
        yield cell.problem(f"is tagged {IGNORED}; assert what must hold on every machine")
    if {IGNORED, RAISES} <= cell.tags:
        yield cell.problem(f"is tagged {IGNORED} and {RAISES}: its asserts could fail unseen")
    raised = any(output.output_type == "error" for output in cell.node.outputs)
    if raised and RAISES not in cell.tags:
        yield cell.problem(f"stores an error; mend it, or tag the cell {RAISES} if you mean it")
    if RAISES in cell.tags and not raised:
        yield cell.problem(f"is tagged {RAISES} but stores no error")


def _unwanted(output: NotebookNode, root: str) -> Iterator[str]:
    if output.output_type == "error":
        # A traceback is coloured by IPython, and nbval does not compare it.
        texts, noise = output.traceback, {}
    elif output.output_type == "stream":
        texts, noise = [output.text], NOISE
    else:
        texts, noise = [text for text in output.data.values() if isinstance(text, str)], NOISE
        if WIDGET in output.data:
            yield "a widget, which is a progress bar or cannot be compared"
    if output.get("name") == "stderr":
        yield "text from stderr"
    for name, pattern in noise.items():
        if any(pattern.search(text) for text in texts):
            yield name
    if any(root in text for text in texts):
        yield "a path of this machine"
