"""Sources in another language, and the folder in which a learner runs the lessons."""

import hashlib
import json
from pathlib import Path

from maintenance.translation.catalogues import read_catalogue
from maintenance.translation.sources import source_paths, translated

WRITTEN = ".written.json"  # the digest of each lesson as it was written


def translation(root: Path, language: str, source: Path) -> str:
    """Return a source in another language; a block that has no translation stays English."""
    catalogue = read_catalogue(root, language, source)

    def translate(block: str) -> str:
        message = catalogue.get(block)
        return str(message.string) if message and message.string and not message.fuzzy else block

    return translated(root / source, translate)


def build(root: Path, language: str, folder: Path) -> list[Path]:
    """Write the lessons into a folder, beside links to all else that the project consists of.

    A lesson that was changed since it was written stays, as it may hold a learner's answers.

    Returns:
        The lessons that stayed.
    """
    (folder / "notebooks").mkdir(parents=True, exist_ok=True)
    record = folder / "notebooks" / WRITTEN
    written = json.loads(record.read_text()) if record.exists() else {}
    kept = []
    for source in source_paths(root):
        target = folder / source
        if source.suffix != ".ipynb":
            continue
        if target.exists() and _digest(target) != written.get(source.name):
            kept.append(target)
        else:
            target.write_text(translation(root, language, source), encoding="utf-8")
            written[source.name] = _digest(target)
    record.write_text(json.dumps(written))
    for original in root.iterdir():
        link = folder / original.name
        if link.is_symlink():
            link.unlink()  # the project may have moved
        if not original.name.startswith(".") and not link.exists():
            link.symlink_to(original)
    return kept


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
