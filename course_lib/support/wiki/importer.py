"""Fills the database of the embedded Wikipedia from a MediaWiki XML dump.

    python -m course_lib.support.wiki.importer [DUMP] [--database PATH]

Without a dump: the articles that the package gensim carries. The database is built in a file beside
the old one and takes its place when it is complete, so a reader never sees half of one and a
failure leaves what was there. The same dump a second time is recognised and nothing is done.
"""

import argparse
import hashlib
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path

from filelock import FileLock

from course_lib.support.settings import settings
from course_lib.support.wiki.database import SCHEMA_VERSION, fingerprint_of
from course_lib.support.wiki.dump import Dump, ImportFailed, embedded_dump
from course_lib.support.wiki.writer import ImportReport, write_database

PARTIAL_SUFFIX = ".partial"

_VERSION = f"schema{SCHEMA_VERSION} "


def import_dump(dump_path: Path, database_path: Path, *, progress: bool = False) -> ImportReport:
    """Make the database at `database_path` from the dump; `progress` draws a bar on stderr.

    One import at a time works on a database; the others wait for it.

    Raises:
        ImportFailed: the file is no whole MediaWiki dump, it holds no article, or the database
            cannot be written.
    """
    fingerprint = _fingerprint(dump_path)
    partial_path = database_path.with_name(f".{database_path.name}{PARTIAL_SUFFIX}")
    try:
        database_path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_other_files(database_path)
        with FileLock(database_path.with_name(f".{database_path.name}.lock")):
            if fingerprint_of(database_path) == fingerprint:
                return ImportReport(0, 0, unchanged=True)
            partial_path.unlink(missing_ok=True)  # of an import that was killed
            try:
                with (
                    Dump(dump_path) as dump,
                    closing(sqlite3.connect(partial_path)) as connection,
                ):
                    report = write_database(connection, dump, fingerprint, progress=progress)
                partial_path.replace(database_path)
            finally:
                with suppress(OSError):
                    partial_path.unlink(missing_ok=True)
    except (OSError, OverflowError, sqlite3.Error) as error:
        raise ImportFailed(
            f"Cannot write {database_path}: {error}. Is the disk full? The database needs about "
            "as much space as the dump unpacked. What was there before is unchanged."
        ) from error
    return report


def ensure_database(database_path: Path, *, progress: bool = False) -> None:
    """Make the database from the embedded dump where there is none; `progress` draws a bar.

    One that an older version of this package made from that dump is made anew.

    Raises:
        ImportFailed: an older version made it from another dump, which has to be imported again;
            the embedded one cannot be fetched; or as `import_dump`.
    """
    found = fingerprint_of(database_path)
    if found is not None and found.startswith(_VERSION):
        return
    dump_path = embedded_dump()
    if found is not None and not _fingerprint(dump_path).endswith(found.partition(" ")[2]):
        raise ImportFailed(
            f"{database_path} is of another version of this package. Import its dump again, with "
            "python -m course_lib.support.wiki.importer, or delete the file."
        )
    import_dump(dump_path, database_path, progress=progress)


def _fingerprint(dump_path: Path) -> str:
    try:
        with dump_path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return f"{_VERSION}sha256 {digest}"
    except OSError as error:
        raise ImportFailed(f"Cannot open the dump {dump_path}: {error.strerror}.") from error


def _refuse_other_files(path: Path) -> None:
    if path.exists() and path.stat().st_size and fingerprint_of(path) is None:
        raise ImportFailed(f"{path} is no database of ours; an import would overwrite it.")


def main() -> None:
    """The command; exits with status 1 and one sentence where the import fails."""
    parser = argparse.ArgumentParser(description="Import a MediaWiki XML dump.")
    parser.add_argument("dump", nargs="?", type=Path, help="default: the one in gensim")
    parser.add_argument("--database", type=Path, default=settings().wikipedia_database)
    arguments = parser.parse_args()
    try:
        dump_path = arguments.dump or embedded_dump()
        report = import_dump(dump_path, arguments.database, progress=sys.stderr.isatty())
    except ImportFailed as error:
        sys.exit(str(error))
    if report.unchanged:
        print(f"{arguments.database} holds this dump already.")
        return
    print(f"{report.articles} articles and {report.redirects} redirects in {arguments.database}.")
    if report.unreadable:
        titles = ", ".join(report.unreadable)
        print(f"Left out, too deeply nested or with a title that no page can have: {titles}")


if __name__ == "__main__":
    main()
