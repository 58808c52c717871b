"""Fills the database of the embedded Wikipedia from a MediaWiki XML dump.

    python -m course_lib.support.wiki.importer [DUMP] [--database PATH]

Without a dump: the articles that gensim ships. The database is built in a file beside the old one
and takes its place when it is complete, so a reader never sees half of one and a failure leaves
what was there. The same dump a second time is recognised and nothing is done.
"""

import argparse
import hashlib
import os
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from course_lib.support.settings import settings
from course_lib.support.wiki.database import SCHEMA_VERSION, fingerprint_of
from course_lib.support.wiki.dump import Dump, DumpError, embedded_dump
from course_lib.support.wiki.writer import ImportReport, write_database

PARTIAL_SUFFIX = ".partial"
# A file of an import that was killed; one still at work writes to its own more often than this.
ABANDONED_AFTER_S = 3_600

_VERSION = f"schema{SCHEMA_VERSION}"
_SQLITE_MAGIC = b"SQLite format 3\0"


class ImportFailed(Exception):
    """An import that could not be completed. The message says why and what to do."""


def import_dump(dump_path: Path, database_path: Path, *, progress: bool = False) -> ImportReport:
    """Make the database at `database_path` from the dump; `progress` draws a bar on stderr.

    Raises:
        ImportFailed: the file is no whole MediaWiki dump, it holds no article, or the database
            cannot be written.
    """
    fingerprint = _fingerprint(dump_path)
    _refuse_other_files(database_path)
    if fingerprint_of(database_path) == fingerprint:
        return ImportReport(0, 0, unchanged=True)
    try:
        database_path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(database_path)
        handle, partial_name = tempfile.mkstemp(
            dir=database_path.parent, prefix=f".{database_path.name}.", suffix=PARTIAL_SUFFIX
        )
        os.close(handle)
    except OSError as error:
        raise ImportFailed(f"Cannot write {database_path}: {error.strerror}.") from error
    partial_path = Path(partial_name)
    try:
        with Dump(dump_path) as dump, closing(sqlite3.connect(partial_path)) as connection:
            report = write_database(connection, dump, fingerprint, progress=progress)
        partial_path.chmod(0o644)
        partial_path.replace(database_path)
    except DumpError as error:
        raise ImportFailed(str(error)) from error
    except (OSError, sqlite3.Error) as error:
        raise ImportFailed(
            f"Cannot write {database_path}: {error}. Is the disk full? The database needs about "
            "as much space as the dump unpacked. What was there before is unchanged."
        ) from error
    finally:
        partial_path.unlink(missing_ok=True)
    return report


def ensure_database(database_path: Path, *, progress: bool = False) -> None:
    """Make the database from the embedded dump where there is none; `progress` draws a bar.

    One that an older version of this package made from that dump is made anew.

    Raises:
        ImportFailed: an older version made it from another dump, which has to be imported again;
            gensim, which ships the embedded one, is missing; or as `import_dump`.
    """
    found = fingerprint_of(database_path)
    if found is not None and found.startswith(_VERSION):
        return
    dump_path = _embedded_dump()
    if found is not None and not _fingerprint(dump_path).endswith(found.partition(" ")[2]):
        raise ImportFailed(
            f"{database_path} is of another version of this package. Import its dump again, with "
            "python -m course_lib.support.wiki.importer, or delete the file."
        )
    import_dump(dump_path, database_path, progress=progress)


def _embedded_dump() -> Path:
    try:
        return embedded_dump()
    except DumpError as error:
        raise ImportFailed(str(error)) from error


def _fingerprint(dump_path: Path) -> str:
    try:
        with dump_path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size_bytes = dump_path.stat().st_size
    except OSError as error:
        raise ImportFailed(f"Cannot open the dump {dump_path}: {error.strerror}.") from error
    return f"{_VERSION} {size_bytes} bytes, sha256 {digest}"


def _refuse_other_files(database_path: Path) -> None:
    try:
        with database_path.open("rb") as file:
            start = file.read(len(_SQLITE_MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise ImportFailed(f"Cannot write {database_path}: {error.strerror}.") from error
    if start and start != _SQLITE_MAGIC:
        raise ImportFailed(f"{database_path} is no database; an import would overwrite it.")


def _remove_abandoned(database_path: Path) -> None:
    for path in database_path.parent.glob(f".{database_path.name}.*{PARTIAL_SUFFIX}"):
        if time.time() - path.stat().st_mtime > ABANDONED_AFTER_S:
            path.unlink(missing_ok=True)


def main() -> None:
    """The command; exits with status 1 and one sentence where the import fails."""
    parser = argparse.ArgumentParser(description="Import a MediaWiki XML dump.")
    parser.add_argument("dump", nargs="?", type=Path, help="default: the one that gensim ships")
    parser.add_argument("--database", type=Path, default=settings().wikipedia_database)
    arguments = parser.parse_args()
    try:
        dump_path = arguments.dump or _embedded_dump()
        report = import_dump(dump_path, arguments.database, progress=sys.stderr.isatty())
    except ImportFailed as error:
        sys.exit(str(error))
    if report.unchanged:
        print(f"{arguments.database} holds this dump already.")
        return
    print(f"{report.articles} articles and {report.redirects} redirects in {arguments.database}.")
    if report.unreadable:
        print("Left out, too deeply nested: " + ", ".join(report.unreadable))


if __name__ == "__main__":
    main()
