"""How the site reads a lesson."""

import re

import nbformat

MODULE = re.compile(r"\]\(\.\./course_lib/(\w+)\.py\)")
PLOT_TITLE = re.compile(r"""title[=(]["']([^"']+)""")


def title(text: str) -> str:
    """Return what a lesson is called."""
    first = nbformat.reads(text, as_version=4).cells[0]
    return first.source.splitlines()[0].removeprefix("# ")


def read_lesson(text: str) -> nbformat.NotebookNode:
    """Return a lesson in the form that myst-nb expects.

    What JupyterLab folds is folded: solutions, and outputs after a question. There is one title, so
    that "Going deeper" is a part of the lesson, and not the next one. A link to the lesson's module
    leads to its page, and a plot is described by its title.
    """
    lesson = nbformat.reads(text, as_version=4)
    for number, cell in enumerate(lesson.cells):
        folded = cell.metadata.get("jupyter", {})
        tags = cell.metadata.setdefault("tags", [])
        tags += ["hide-cell"] if folded.get("source_hidden") else []
        tags += ["hide-output"] if folded.get("outputs_hidden") else []
        if cell.cell_type == "markdown":
            cell.source = MODULE.sub(r"](../docs/modules/course_lib/\1/index.rst)", cell.source)
            if number:
                cell.source = re.sub(r"^# ", "## ", cell.source)
        elif plot := PLOT_TITLE.search(cell.source):
            cell.metadata["mystnb"] = {"image": {"alt": plot[1]}}
    return lesson
