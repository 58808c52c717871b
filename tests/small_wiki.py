"""A wiki of a few odd articles, such as a service meets once a year."""

from pathlib import Path

from tests.support.wiki.dumps import head, page, write_dump

HOSTILE_TITLE = '"AND" OR NOT NEAR(a* b)'
HOSTILE_TEXT = (
    'This wonderful page says <script>alert("1")</script>, \'; DROP TABLE page; -- and '
    "\u202egnp.exe\u202c and &#0; with great success and joy."
)
NEGATIVE_TITLE = "'; DROP TABLE page; --"
PAGES = {
    "Mercury": "'''Mercury''' may refer to:\n* [[Mercury (planet)]]\n* [[Mercury (element)]]\n"
    "{{disambiguation}}",
    "Mercury (planet)": "'''Mercury''' is the wonderful planet nearest to the Sun. "
    "Its discovery was a great success.",
    "Springfield": "'''Springfield''' may refer to:\n* [[Capital of Illinois|In Illinois]]\n"
    "* [[Nobody has written this]]\n{{disambiguation}}",
    "Capital of Illinois": "The capital of Illinois is a fine city.",
    "Tiny place": "'''Tiny place''' is a village near [[Berlin]] in [[Germany]].",
    "Porridge": "'''Porridge''' is a warm meal of oats and milk. It is eaten in the morning.",
    "Endless story": "'''Endless story''' is a good tale. "
    + "Every chapter of this wonderful book is a great joy to read. " * 3_300,
    "Empty page": "{{stub}}",
    HOSTILE_TITLE: HOSTILE_TEXT.replace("<", "&lt;"),
    NEGATIVE_TITLE: "It is a terrible disaster. Thousands of people were killed in this cruel war. "
    "The horrible murder, the torture and the awful plague destroyed everything.",
    "Choice": f"Choice may refer to:\n* [[{HOSTILE_TITLE}|&lt;script>alert(1)&lt;/script>]]\n"
    f"* [[{NEGATIVE_TITLE}]]\n{{{{disambiguation}}}}",
}


def write_small_dump(path: Path) -> None:
    """Write the wiki's dump, an XML file, to `path`."""
    pages = [page(number, title, text) for number, (title, text) in enumerate(PAGES.items(), 1)]
    write_dump(path, *pages, start=head(base="https://small.example.org/wiki/Main_Page"))
