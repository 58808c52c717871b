"""A wiki of a few odd articles, such as a service meets once a year."""

from pathlib import Path

from tests.support.wiki.dumps import head, page, write_dump

PAGES = {
    "Mercury": "'''Mercury''' may refer to:\n* [[Mercury (planet)]]\n* [[Mercury (element)]]\n"
    "{{disambiguation}}",
    "Mercury (planet)": "'''Mercury''' is the wonderful planet nearest to the Sun. "
    "Its discovery was a great success.",
    "Springfield": "'''Springfield''' may refer to:\n* [[Springfield, Illinois]]\n"
    "* [[Springfield, Ohio]]\n{{disambiguation}}",
    "Tiny place": "'''Tiny place''' is a village near [[Berlin]] in [[Germany]].",
    "Porridge": "'''Porridge''' is a warm meal of oats and milk. It is eaten in the morning.",
    "Endless story": "'''Endless story''' is a good tale. "
    + "Every chapter of this wonderful book is a great joy to read. " * 3_300,
    "Empty page": "{{stub}}",
    "Hostile article": "'''Hostile article''' is a nice text about &lt;script&gt;alert(1)"
    "&lt;/script&gt; and '; DROP TABLE page; --. It was \u202ewritten\u202c well.",
}


def write_small_dump(path: Path) -> None:
    """Write the wiki's dump, an XML file, to `path`."""
    pages = [page(number, title, text) for number, (title, text) in enumerate(PAGES.items(), 1)]
    write_dump(path, *pages, start=head(base="https://small.example.org/wiki/Main_Page"))
