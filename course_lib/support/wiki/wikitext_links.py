"""The pages that an article links to, and the categories that it places itself in."""

import re

from mwparserfromhell.wikicode import Wikicode

from course_lib.support.wiki.title import (
    CATEGORY_NAMESPACE,
    FILE_NAMESPACE,
    MAIN_NAMESPACE,
    InvalidTitle,
    Title,
    parse_title,
)
from course_lib.support.wiki.wikitext_text import template_name

_HATNOTES = {"main", "main article", "see also", "further", "details", "further information"}
# Found in the source, since a link inside broken markup is one all the same.
_WIKILINK = re.compile(r"\[\[([^\[\]{}|<>\n]+)(?=\||\]\])")


def written_links(wikitext: str) -> list[str]:
    """The targets of all `[[links]]`, as the source has them."""
    return _WIKILINK.findall(wikitext)


def hatnote_links(code: Wikicode) -> list[str]:
    """The titles that templates such as `{{main|History of Algeria}}` link to."""
    return [
        str(parameter.value)
        for template in code.filter_templates(recursive=True)
        if template_name(template) in _HATNOTES
        for parameter in template.params
        if not parameter.showkey
    ]


def links_and_categories(
    written: list[str], own_title: str, namespaces: dict[str, int], *, first_letter: bool
) -> tuple[tuple[tuple[int, str], ...], tuple[str, ...]]:
    """What links lead to, in order and once each: (namespace, title), and categories' names.

    Args:
        written: the targets of links as the source has them.
        own_title: the page's own title; a link to it is none.
        namespaces: the site's namespace names and their numbers.
        first_letter: whether the site's titles begin with a capital letter.
    """
    links: set[tuple[int, str]] = set()
    categories: dict[str, None] = {}
    for text in map(str.strip, written):
        try:
            target = parse_title(text, namespaces, first_letter=first_letter)
        except InvalidTitle:
            continue
        if target.interwiki or target.namespace < MAIN_NAMESPACE or not target.text:
            continue
        if _places_in_category(text, target):
            categories[target.text.partition(":")[2]] = None
        elif target.namespace == FILE_NAMESPACE and not text.startswith(":"):
            continue
        elif target.text != own_title or target.fragment:
            links.add((target.namespace, target.text))
    return tuple(sorted(links)), tuple(sorted(categories))


def _places_in_category(text: str, target: Title) -> bool:
    return target.namespace == CATEGORY_NAMESPACE and not text.startswith(":")
