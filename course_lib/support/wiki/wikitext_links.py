"""What an article's links say: where they lead, its categories, and what a disambiguation offers."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import mwparserfromhell
from mwparserfromhell.nodes import Template
from mwparserfromhell.wikicode import Wikicode

from course_lib.support.wiki.title import (
    CATEGORY_NAMESPACE,
    FILE_NAMESPACE,
    MAIN_NAMESPACE,
    InvalidTitle,
    Title,
    parse_title,
)

_HATNOTES = {"main", "main article", "see also", "further", "details", "further information"}
# Found in the source, since a link inside broken markup is one all the same.
_WIKILINK = re.compile(r"\[\[([^\[\]{}|<>\n]+)(?=\||\]\])")
_DISAMBIGUATION = re.compile(
    r"(?:.*\b)?(?:disambiguation|disambig|disamb|dis|dab)(?:[ -](?:page|cleanup|cu))?"
    r"|dabpage|dabclean|hndisambig|\w+dis|\w+dab|lncd|begriffsklärung|homonymie|desambiguaci[óo]n?"
    r"|desambiguação|desambigua[cç][ií]on?|disambigua|doorverwijspagina|dp|ujednoznacznienie|förgrening"
    r"|неоднозначность|неоднозначність|багатозначність|消歧义|消歧義|曖昧さ回避|aimai|동음이의|توضيح|ابهام‌زدایی"
)


@dataclass(frozen=True)
class DisambiguationOption:
    """One line of a disambiguation page: the page it leads to, the link's words, the whole line."""

    title: str
    label: str
    description: str


def template_name(template: Template) -> str:
    """The name by which it is known: in lower case, words one space apart."""
    return " ".join(str(template.name).replace("_", " ").split()).lower()


def is_disambiguation(code: Wikicode) -> bool:
    """Whether one of its templates says that the page is a disambiguation page."""
    names = (template_name(found) for found in code.filter_templates(recursive=False))
    return any(_DISAMBIGUATION.fullmatch(name) for name in names)


def disambiguation_options(
    source: str, namespaces: dict[str, int], plain_text: Callable[[Wikicode], str]
) -> tuple[DisambiguationOption, ...]:
    """The pages that a disambiguation page offers: the first link of each line of its lists."""
    options = []
    for line in source.splitlines():
        if not line.startswith("*"):
            continue
        code = mwparserfromhell.parse(line.lstrip("*#:; "), skip_style_tags=True)
        for link in code.filter_wikilinks(recursive=True):
            target = link_target(str(link.title), namespaces)
            if (
                target
                and target.namespace == MAIN_NAMESPACE
                and not target.interwiki
                and target.text
            ):
                label = plain_text(link.text or link.title)
                options.append(DisambiguationOption(target.text, label, plain_text(code)))
                break
    return tuple(options)


def link_target(
    written: str, namespaces: dict[str, int], *, first_letter: bool = True
) -> Title | None:
    """Where a link leads, or None where no page can have such a title."""
    try:
        return parse_title(written, namespaces, first_letter=first_letter)
    except InvalidTitle:
        return None


def is_hidden(written: str, namespaces: dict[str, int]) -> bool:
    """Whether such a link shows no words: a file, a category, the page in another language."""
    target = None if written.strip().startswith(":") else link_target(written, namespaces)
    special = (FILE_NAMESPACE, CATEGORY_NAMESPACE)
    return target is not None and (target.namespace in special or target.is_language_link)


def links_and_categories(
    source: str, code: Wikicode, own_title: str, namespaces: dict[str, int], *, first_letter: bool
) -> tuple[tuple[tuple[int, str], ...], tuple[str, ...]]:
    """What links lead to, once each: (namespace, title); and the categories' names.

    `source` is all wikitext of the page, `code` the parsed part of it.
    """
    written = _WIKILINK.findall(source) + [
        str(parameter.value)
        for template in code.filter_templates(recursive=True)
        if template_name(template) in _HATNOTES
        for parameter in template.params
        if not parameter.showkey
    ]
    links: set[tuple[int, str]] = set()
    categories: set[str] = set()
    for text in map(str.strip, written):
        target = link_target(text, namespaces, first_letter=first_letter)
        if not target or target.interwiki or target.namespace < MAIN_NAMESPACE or not target.text:
            continue
        if target.namespace == CATEGORY_NAMESPACE and not text.startswith(":"):
            categories.add(target.text.partition(":")[2])
        elif target.namespace == FILE_NAMESPACE and not text.startswith(":"):
            continue
        elif target.text != own_title or target.fragment:
            links.add((target.namespace, target.text))
    return tuple(sorted(links)), tuple(sorted(categories))
