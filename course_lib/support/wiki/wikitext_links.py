"""What the links of an article say: where they lead, its categories, a disambiguation's options."""

import re
from collections.abc import Callable

import mwparserfromhell
from mwparserfromhell.nodes import Template
from mwparserfromhell.wikicode import Wikicode

from course_lib.support.wiki import title as titles

_HATNOTES = {"main", "main article", "see also", "further", "details", "further information"}
# Found in the source, since a link inside broken markup is one all the same.
_WIKILINK = re.compile(r"\[\[([^\[\]{}|<>\n]+)(?=\||\]\])")
_DISAMBIGUATION = re.compile(
    r"(template:)?(.*[ -]|hn|geo|math|road|school|number|hospital|airport|station|callsign)?"
    r"(disambiguation|disambig|disamb|dis|dab)([ -]?(page|cleanup|clean|cu|geo))?|lncd"
    r"|begriffsklärung|homonymie|desambigua(ción|ção)|disambigua|doorverwijspagina|ujednoznacznienie"
    r"|förgrening|неоднозначность|багатозначність|消歧义|消歧義|曖昧さ回避|동음이의|توضيح|ابهام‌زدایی"
)


# The page that a line of a disambiguation page leads to, and the link's words.
Option = tuple[str, str]


def template_name(template: Template) -> str:
    """The name by which it is known: in lower case, words one space apart."""
    return " ".join(str(template.name).replace("_", " ").split()).lower()


def is_disambiguation(code: Wikicode) -> bool:
    """Whether one of its templates says that the page is a disambiguation page."""
    templates = code.filter_templates(recursive=False)
    return any(_DISAMBIGUATION.fullmatch(template_name(template)) for template in templates)


def disambiguation_options(
    source: str, namespaces: dict[str, int], plain_text: Callable[[Wikicode], str]
) -> list[Option]:
    """The pages that a disambiguation page offers: the first link of each line of its lists."""
    options = []
    for line in re.findall(r"^[*#:;]*\*[*#:; ]*(.*)", source, re.MULTILINE):
        code = mwparserfromhell.parse(line, skip_style_tags=True)
        for link in code.filter_wikilinks(recursive=True):
            target = link_target(str(link.title), namespaces)
            if target and target.text and not target.interwiki and not target.namespace:
                options.append((target.text, plain_text(link.text or link.title)))
                break
    return options


def link_target(text: str, namespaces: dict[str, int], **site: bool) -> titles.Title | None:
    """Where a link leads, or None where no page can have such a title."""
    try:
        return titles.parse_title(text, namespaces, **site)
    except titles.InvalidTitle:
        return None


def is_hidden(target: titles.Title | None) -> bool:
    """Whether a link to it shows no words: a file, a category, the page in another language."""
    special = (titles.FILE_NAMESPACE, titles.CATEGORY_NAMESPACE)
    return target is not None and (target.namespace in special or target.is_language_link)


def links_and_categories(
    source: str, code: Wikicode, own_title: str, namespaces: dict[str, int], **site: bool
) -> tuple[tuple[tuple[int, str], ...], tuple[str, ...]]:
    """What links lead to, once each: (namespace, title); and the categories' names."""
    hatnotes = (found for found in code.filter_templates() if template_name(found) in _HATNOTES)
    written = [item.value for found in hatnotes for item in found.params if not item.showkey]
    links, categories = set(), set()
    for text in (str(text).strip() for text in [*written, *_WIKILINK.findall(source)]):
        target = link_target(text, namespaces, **site)
        if not target or target.interwiki or target.namespace < 0 or not target.text:
            continue
        if not text.startswith(":") and is_hidden(target):
            if target.namespace == titles.CATEGORY_NAMESPACE:
                categories.add(target.text.partition(":")[2])
        elif target.text != own_title or target.fragment:
            links.add((target.namespace, target.text))
    return tuple(sorted(links)), tuple(sorted(categories))
