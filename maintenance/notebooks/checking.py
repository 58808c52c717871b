"""The whole series against its rules: every problem found, each as one text that says what to do.

It runs no notebook. It rests on what is stored: the cells, the outputs, the modules.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from maintenance.notebooks.exercise_rules import exercise_problems
from maintenance.notebooks.exporting import module_source
from maintenance.notebooks.folding import folding_problems
from maintenance.notebooks.output_rules import output_problems, share_problems
from maintenance.notebooks.page_rules import page_problems
from maintenance.notebooks.reading import (
    FILE_NAME,
    Notebook,
    NotebookError,
    read_notebook,
)
from maintenance.notebooks.time_rules import size_problems, time_problems

# Options of nbval under which a wrong output passes.
LAX_OPTION = re.compile(r"--(nbval-lax|(nbval-)?sanitize-with)|nbval_sanitize_with")
SETTING_FILES = ("*", ".github/workflows/*", ".ci/*", "tests/conftest.py", "notebooks/conftest.py")
DIFF_LINES = 20


def check(root: Path) -> list[str]:
    """Everything that is wrong with the notebooks and modules below a project's root."""
    root = root.resolve()
    paths = notebook_paths(root)
    problems = [*_series_problems(root, paths), *_setting_problems(root)]
    notebooks = []
    for path in paths:
        try:
            notebook = read_notebook(path)
            notebooks.append(notebook)
            for rule in RULES:
                problems.extend(rule(notebook))
        except NotebookError as error:
            problems.extend(error.problems)
    return [*problems, *share_problems(notebooks)]


def notebook_paths(root: Path) -> list[Path]:
    """The notebooks of the series, in teaching order."""
    return sorted((root / "notebooks").glob("*.ipynb"))


def _module_problems(notebook: Notebook) -> Iterator[str]:
    fresh = module_source(notebook)
    module = f"course_lib/{notebook.module_path.name}"
    if not notebook.module_path.exists():
        yield notebook.problem(f"its module {module} is missing; run `make export`")
        return
    stored = notebook.module_path.read_text(encoding="utf-8")
    if stored != fresh:
        lines = difflib.unified_diff(
            stored.splitlines(), fresh.splitlines(), module, notebook.name, n=1, lineterm=""
        )
        diff = "\n".join(f"    {line}" for line in islice(lines, DIFF_LINES))
        yield f"{module}: differs from its notebook; edit the notebook, run `make export`\n{diff}"


def _series_problems(root: Path, paths: Sequence[Path]) -> Iterator[str]:
    if not paths:
        yield "notebooks: there are none; run this in the root of the project"
    names = [match for path in paths if (match := FILE_NAME.fullmatch(path.name))]
    numbers = sorted(int(name["number"]) for name in names)
    if numbers and numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        yield f"notebooks: number them one after the other, not {numbers}"
    steps = {name["step"] for name in names}
    for module in sorted((root / "course_lib").glob("*.py")):
        if module.stem not in steps | {"__init__"}:
            yield (
                f"course_lib/{module.name}: has no notebook; delete it, or move it to"
                " course_lib/support if it is written by hand"
            )


def _setting_problems(root: Path) -> Iterator[str]:
    for pattern in SETTING_FILES:
        for file in sorted(root.glob(pattern)):
            if file.is_file() and LAX_OPTION.search(file.read_text("utf-8", errors="ignore")):
                yield (
                    f"{file.relative_to(root)}: sets an option of nbval that hides wrong outputs;"
                    " remove it, and tag single cells instead"
                )


RULES = (
    page_problems,
    output_problems,
    folding_problems,
    exercise_problems,
    time_problems,
    size_problems,
    _module_problems,
)
