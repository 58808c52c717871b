"""How an exercise stands on the page: the learner's cell, then its folded solution.

    exercise, tagged so:       answer = ...

                               await check(check_batch_size, answer)

    solution, tagged so,       answer = 8
    folded:                    await prove(check_batch_size, answer, wrong=[1, 64])

`check` and `prove` come from `course_lib.support.lessons.exercises`; the check itself is an
ordinary function in a cell that the learner sees.
"""

import ast
from collections.abc import Iterator

from maintenance.notebooks.reading import Cell, Notebook

CALLS = {"exercise": "check", "solution": "prove"}


def exercise_problems(notebook: Notebook) -> Iterator[str]:
    """Report exercises that are out of shape, and those without their solution."""
    waiting: Cell | None = None
    for cell in notebook.code_cells:
        for tag, function in CALLS.items():
            if (tag in cell.tags) != (function in cell.calls):
                yield cell.problem(f"the tag {tag} and a call of `{function}` go together")
        if "exercise" in cell.tags:
            if waiting is not None:
                yield waiting.problem("has no solution before the next exercise")
            waiting = cell
            if not any(_is_open_answer(statement) for statement in cell.tree.body):
                yield cell.problem("must hold `answer = ...`, for the learner to fill in")
        if "solution" in cell.tags:
            if waiting is None:
                yield cell.problem("is a solution without an exercise before it")
            elif _checked_by(cell, "prove") != _checked_by(waiting, "check"):
                yield cell.problem("must use the same check as its exercise")
            if not cell.node.metadata.get("jupyter", {}).get("source_hidden"):
                yield cell.problem('must be folded: set "jupyter": {"source_hidden": true}')
            waiting = None
    if waiting is not None:
        yield waiting.problem("has no solution after it")


def _is_open_answer(statement: ast.stmt) -> bool:
    return ast.unparse(statement) == "answer = ..."


def _checked_by(cell: Cell, function: str) -> str | None:
    """The name of the check that a cell hands to `check` or `prove`."""
    call = cell.calls.get(function)
    return ast.unparse(call.args[0]) if call and call.args else None
