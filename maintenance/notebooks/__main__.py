"""The command line: `export` writes modules and folds answers, `check` reports problems."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from maintenance.notebooks.checking import check, notebook_paths
from maintenance.notebooks.exporting import export
from maintenance.notebooks.folding import fold_answers
from maintenance.notebooks.reading import NotebookError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command in the current folder, the root of the project; return the exit status."""
    parser = ArgumentParser(prog="python -m maintenance.notebooks")
    commands = parser.add_subparsers(dest="command", required=True)
    exporter = commands.add_parser(
        "export", help="write the modules of the notebooks, and fold answers"
    )
    exporter.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK", help="all if none")
    commands.add_parser("check", help="report what is wrong with notebooks and modules")
    options = parser.parse_args(arguments)
    series = notebook_paths(Path.cwd())

    problems: list[str] = []
    if options.command == "check":
        problems.extend(check(Path.cwd()))
        report = f"Notebooks and modules in order: {len(series)}"
    else:
        written = 0
        for notebook in options.notebooks or series:
            try:
                module = export(notebook)
                fold_answers(notebook)
            except NotebookError as error:
                problems.extend(error.problems)
            else:
                written += module is not None
        report = f"Modules written: {written}"

    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"Problems found: {len(problems)}" if problems else report)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
