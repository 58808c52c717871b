"""The command line: `update` after a source changed, `check`, and `build` for a learner."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from maintenance.translation.building import build
from maintenance.translation.catalogues import languages, update


def main() -> int:
    """Run one command in the current folder, the root of the project; return the exit status."""
    root = Path.cwd()
    parser = ArgumentParser(prog="python -m maintenance.translation")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("update", help="bring the catalogues up to the English sources")
    commands.add_parser("check", help="report what is missing, stale or changed")
    builder = commands.add_parser("build", help="write the lessons in a language")
    builder.add_argument("language", choices=languages(root))
    builder.add_argument("folder", type=Path)
    options = parser.parse_args()

    if options.command == "build":
        if kept := build(root, options.language, options.folder):
            print(f"Kept, as your answers may be in them: {len(kept)} lessons in {options.folder}.")
            print("Delete one to have it anew.")
        return 0

    from maintenance.translation.checking import check, readme, readme_text

    if options.command == "update":
        for language in languages(root):
            update(root, language)
            readme(root, language).write_text(readme_text(root, language), encoding="utf-8")
    problems = check(root)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"Problems found: {len(problems)}" if problems else "Translations in order")
    return 1 if problems and options.command == "check" else 0


if __name__ == "__main__":
    sys.exit(main())
