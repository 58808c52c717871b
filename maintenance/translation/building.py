"""Sources in another language, and the folder in which a learner runs the lessons."""

from pathlib import Path

from maintenance.translation.catalogues import read_catalogue
from maintenance.translation.sources import source_paths, translated


def translation(root: Path, language: str, source: Path) -> str:
    """Return a source in another language; a block that has no translation stays English."""
    catalogue = read_catalogue(root, language, source)

    def translate(block: str) -> str:
        message = catalogue.get(block)
        return str(message.string) if message and message.string and not message.fuzzy else block

    return translated(root / source, translate)


def build(root: Path, language: str, folder: Path) -> list[Path]:
    """Write the lessons into a folder, beside links to all else that the project consists of.

    A lesson that is there already stays as it is, as it may hold a learner's answers.

    Returns:
        The lessons that stayed.
    """
    kept = []
    (folder / "notebooks").mkdir(parents=True, exist_ok=True)
    for source in source_paths(root):
        target = folder / source
        if source.suffix != ".ipynb":
            continue
        if target.exists():
            kept.append(target)
        else:
            target.write_text(translation(root, language, source), encoding="utf-8")
    for original in root.iterdir():
        link = folder / original.name
        if not original.name.startswith(".") and not link.exists():
            link.symlink_to(original)
    return kept
