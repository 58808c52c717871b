"""A source's catalogue: each of its blocks, and what it is in another language."""

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from maintenance.translation.sources import blocks, source_paths, texts

HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def languages(root: Path) -> list[str]:
    """Return the languages that there are besides English."""
    return sorted(folder.name for folder in (root / "locale").iterdir() if folder.is_dir())


def catalogue_path(root: Path, language: str, source: Path) -> Path:
    """Return where a source's translations are."""
    return root / "locale" / language / source.with_suffix(".po")


def read_catalogue(root: Path, language: str, source: Path) -> Catalog:
    """Return a source's translations as they are stored; none if there is no file."""
    path = catalogue_path(root, language, source)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def template(root: Path, source: Path) -> Catalog:
    """Return the blocks of a source, in the order of the page, without translations."""
    catalogue = Catalog()
    for text in texts(root / source):
        for block in blocks(text):
            catalogue.add(block)
    return catalogue


def update(root: Path, language: str) -> None:
    """Bring every catalogue up to its source.

    A block that changed keeps its old translation, marked as fuzzy. One that is gone loses it.
    """
    for source in source_paths(root):
        catalogue = read_catalogue(root, language, source)
        catalogue.update(template(root, source))
        catalogue.obsolete.clear()
        for message in catalogue:
            message.flags &= {"fuzzy"}  # Babel takes "30% of" for Python's
            message.user_comments.clear()
        written = io.BytesIO()
        write_po(written, catalogue, width=0, omit_header=True)
        path = catalogue_path(root, language, source)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(HEADER.format(language=language).encode() + written.getvalue())
