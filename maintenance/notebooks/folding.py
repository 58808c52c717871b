"""The output below a question is folded, so that a learner can answer before the page does.

JupyterLab shows three dots in its place, and unfolds it when the cell runs. So whoever runs a
notebook and saves it unfolds it for all; `make export` folds it again.
"""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from maintenance.notebooks.reading import Cell, Notebook, read_notebook

# A guess is asked for, or the last paragraph has a question.
ASKS = re.compile(r"\b(guess|predict|sketch)|\?[^\n]*\Z", re.IGNORECASE)


def folding_problems(notebook: Notebook) -> Iterator[str]:
    """Report outputs that answer a question for everybody who opens the notebook."""
    for cell in _answers(notebook):
        if not cell.node.metadata.get("jupyter", {}).get("outputs_hidden"):
            yield cell.problem("answers the question above it: fold its output, `make export` does")


def fold_answers(path: Path) -> None:
    """Fold the outputs below the questions of the notebook at `path`."""
    answers = {cell.node.id for cell in _answers(read_notebook(path))}
    page = json.loads(path.read_text(encoding="utf-8"))
    for cell in page["cells"]:
        if cell["id"] in answers:
            cell["metadata"].setdefault("jupyter", {})["outputs_hidden"] = True
    text = json.dumps(page, indent=1, ensure_ascii=False, sort_keys=True) + "\n"  # as nbformat does
    if text != path.read_text(encoding="utf-8"):
        path.write_text(text, encoding="utf-8")


def _answers(notebook: Notebook) -> Iterator[Cell]:
    for question, cell in pairwise(notebook.cells):
        asked = question.node.cell_type == "markdown" and ASKS.search(question.source)
        if asked and cell.node.get("outputs") and "solution" not in cell.tags:
            yield cell
