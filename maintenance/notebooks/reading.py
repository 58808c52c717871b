"""A notebook as the rules see it: numbered cells with their tags, their code and what they call.

The cells are counted from 1, Markdown included, in the order of the page. A notebook is read as it
is stored, without the repairs that nbformat makes to what is not quite valid.
"""

import ast
import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fastcore.nbio import NbCell
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode, v4
from nbformat.validator import iter_validate

FILE_NAME = re.compile(r"(?P<number>\d\d)_(?P<step>[a-z][a-z0-9_]*)\.ipynb")


class NotebookError(Exception):
    """A notebook cannot be read or exported; `problems` says why, one text for each reason."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Cell:
    """One cell, and where to find it."""

    notebook: str
    number: int
    node: NotebookNode

    @property
    def source(self) -> str:
        """The text of the cell."""
        return self.node.source

    @property
    def tags(self) -> frozenset[str]:
        """The tags in the cell's metadata."""
        return frozenset(self.node.metadata.get("tags", ()))

    @cached_property
    def directives(self) -> dict[str, str]:
        """The `#|` lines at the top of the cell, as nbdev reads them."""
        return NbCell(0, dict(self.node)).directives

    @cached_property
    def tree(self) -> ast.Module:
        """The cell's code, with IPython's magics turned into calls; empty if it cannot be read."""
        try:
            return ast.parse(TransformerManager().transform_cell(self.source))
        except SyntaxError:
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def calls(self) -> dict[str, ast.Call]:
        """What the cell calls, by dotted name: `ray.init`, `check`."""
        calls = (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        return {ast.unparse(call.func): call for call in calls}

    def problem(self, text: str) -> str:
        """Say what is wrong with this cell, naming its place and its first line."""
        lines = [line for line in self.source.splitlines() if line and not line.startswith("#|")]
        first_line = lines[0] if lines else "empty"
        return f"{self.notebook}, cell {self.number} ({first_line}): {text}"


@dataclass(frozen=True)
class Notebook:
    """One notebook of the series, `notebooks/05_batching.ipynb` below the project's root."""

    path: Path
    node: NotebookNode

    @property
    def root(self) -> Path:
        """The root of the project."""
        return self.path.parent.parent

    @property
    def name(self) -> str:
        """How problems name the notebook: its path below the root."""
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def step(self) -> str:
        """The name of the step: `batching`."""
        return self.path.stem.partition("_")[2]

    @property
    def module_path(self) -> Path:
        """The file of the step's module."""
        return self.root / "course_lib" / f"{self.step}.py"

    @cached_property
    def cells(self) -> list[Cell]:
        """Every cell, in order."""
        return [Cell(self.name, number, node) for number, node in enumerate(self.node.cells, 1)]

    @property
    def code_cells(self) -> list[Cell]:
        """The cells that run."""
        return [cell for cell in self.cells if cell.node.cell_type == "code"]

    @property
    def markdown_cells(self) -> list[Cell]:
        """The cells that are read."""
        return [cell for cell in self.cells if cell.node.cell_type == "markdown"]

    def problem(self, text: str) -> str:
        """Say what is wrong with the notebook as a whole."""
        return f"{self.name}: {text}"


def read_notebook(path: Path) -> Notebook:
    """Read a notebook of the series.

    Raises:
        NotebookError: if the file is no valid notebook, or not named like one of the series.
    """
    path = path.resolve()
    name = f"{path.parent.name}/{path.name}"
    if FILE_NAME.fullmatch(path.name) is None:
        raise NotebookError([f"{name}: name it by number and step: 05_batching.ipynb"])
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        version = raw["nbformat"], raw["nbformat_minor"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise NotebookError([f"{name}: cannot be read as a notebook: {error!r}"]) from error
    if not (4, 5) <= version < (5, 0):
        raise NotebookError([f"{name}: must be of nbformat 4.5 or later, where cells have ids"])
    problems = _format_problems(name, raw)
    if problems:
        raise NotebookError(problems)
    return Notebook(path, v4.to_notebook_json(raw))


def _format_problems(name: str, raw: dict[str, Any]) -> list[str]:
    """What makes a file no valid notebook, by cell where a cell is the cause."""
    with warnings.catch_warnings():
        # nbformat still accepts cells without ids, and warns; its errors are wanted here.
        warnings.simplefilter("ignore")
        problems = [f"{name}: not valid: {error.message}" for error in iter_validate(raw)]
    if not problems:
        return []
    in_cells = [
        f"{name}, cell {number}: not valid: {error.message}"
        for number, cell in enumerate(raw.get("cells", []), start=1)
        if cell.get("cell_type") in {"code", "markdown", "raw"}
        for error in iter_validate(cell, f"{cell['cell_type']}_cell", version=4, version_minor=5)
    ]
    return in_cells or problems
