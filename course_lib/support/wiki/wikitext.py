"""What an article's wikitext says: its plain text, its links, its categories.

Pure functions over a string; `parse_wikitext` reads it once for all of them. The plain text follows
Wikipedia's own extracts (the TextExtracts extension): no tables, boxes, galleries, references or
notices; lists as lines; headings as `== Heading ==`; one line a paragraph.
"""

from dataclasses import dataclass

import mwparserfromhell

from course_lib.support.wiki.title import CANONICAL_NAMESPACES
from course_lib.support.wiki.wikitext_blocks import split_blocks
from course_lib.support.wiki.wikitext_disambiguation import (
    disambiguation_options,
    is_disambiguation,
)
from course_lib.support.wiki.wikitext_links import (
    hatnote_links,
    links_and_categories,
    written_links,
)
from course_lib.support.wiki.wikitext_text import plain_text
from course_lib.support.wiki.wikitext_tidy import tidy


@dataclass(frozen=True)
class Article:
    """What `parse_wikitext` finds.

    `intro` is the text before the first heading and `rest` all that follows, so that the whole
    extract is the two put together. `links` are whole titles with their namespace's number,
    `categories` titles without "Category:"; neither repeats.
    """

    intro: str
    rest: str
    links: tuple[tuple[int, str], ...]
    categories: tuple[str, ...]
    is_disambiguation: bool
    options: tuple[tuple[str, str, str], ...] = ()

    @property
    def extract(self) -> str:
        """The whole plain text."""
        return join_extract(self.intro, self.rest)


def join_extract(intro: str, rest: str) -> str:
    """The whole plain text of an article from its two halves."""
    return f"{intro}\n\n\n{rest}".strip() if rest else intro


def parse_wikitext(
    wikitext: str,
    title: str,
    namespaces: dict[str, int] | None = None,
    *,
    first_letter: bool = True,
) -> Article:
    """Read an article.

    Args:
        wikitext: its source.
        title: its own title, to which it does not link.
        namespaces: the site's namespace names and their numbers.
        first_letter: whether the site's titles begin with a capital letter.

    Raises:
        mwparserfromhell.parser.ParserError: the parser met wikitext that it cannot handle.
        RecursionError: markup is nested deeper than Python's stack.
    """
    namespaces = CANONICAL_NAMESPACES | (namespaces or {})
    prose, blocks = split_blocks(wikitext)
    code = mwparserfromhell.parse(prose)
    intro, _, rest = tidy(plain_text(code, namespaces)).partition("\n\n\n")
    if intro.startswith("== "):
        intro, rest = "", join_extract(intro, rest)
    written = written_links(f"{prose}\n{blocks}") + hatnote_links(code)
    links, categories = links_and_categories(written, title, namespaces, first_letter=first_letter)
    found = is_disambiguation(code)
    options = disambiguation_options(wikitext, namespaces) if found else []
    return Article(
        intro,
        rest,
        links,
        categories,
        found,
        tuple((option.title, option.label, option.description) for option in options),
    )
