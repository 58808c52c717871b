"""Fills the database of the embedded Wikipedia from a MediaWiki XML dump.

    python -m course_lib.support.wiki.importer [DUMP] [--database PATH]

Without a dump: the articles that the package gensim carries. The database is built in a file beside
the old one and takes its place when it is complete, so a reader never sees half of one and a
failure leaves what was there. The same dump a second time is recognised and nothing is done. What
an import that was killed left behind is removed by the next.
"""

import argparse
import fcntl
import hashlib
import sqlite3
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from course_lib.support.settings import settings
from course_lib.support.wiki.database import SCHEMA_VERSION, fingerprint_of
from course_lib.support.wiki.dump import Dump, DumpError, embedded_dump
from course_lib.support.wiki.writer import ImportReport, write_database

PARTIAL_SUFFIX = ".partial"

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
        partial = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed when it has its place
            dir=database_path.parent,
            prefix=f".{database_path.name}.",
            suffix=PARTIAL_SUFFIX,
            delete=False,
        )
    except OSError as error:
        raise ImportFailed(f"Cannot write {database_path}: {error.strerror}.") from error
    partial_path = Path(partial.name)
    try:
        with partial:
            # Held while this import works; the system gives it back for one that is killed.
            with suppress(OSError):  # a file system without locks: leftovers stay there
                fcntl.flock(partial, fcntl.LOCK_EX)
            with Dump(dump_path) as dump, closing(_connect(partial_path)) as connection:
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
            the embedded one cannot be fetched; or as `import_dump`.
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
        with suppress(OSError), path.open("rb") as partial:
            fcntl.flock(partial, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its import works
            # Another import makes its file, empty, a moment before it locks it.
            if path.stat().st_size:
                path.unlink()


def _connect(partial_path: Path) -> sqlite3.Connection:
    # Nobody else opens it, and some systems mix SQLite's own locks with the import's.
    return sqlite3.connect(f"{partial_path.resolve().as_uri()}?nolock=1", uri=True)


def main() -> None:
    """The command; exits with status 1 and one sentence where the import fails."""
    parser = argparse.ArgumentParser(description="Import a MediaWiki XML dump.")
    parser.add_argument("dump", nargs="?", type=Path, help="default: the one in gensim")
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
        titles = ", ".join(report.unreadable)
        print(f"Left out, too deeply nested or with a title that no page can have: {titles}")


if __name__ == "__main__":
    main()
