"""Disambiguation pages: which pages are some, and what they offer to choose from."""

from dataclasses import dataclass

import mwparserfromhell
from mwparserfromhell.wikicode import Wikicode

from course_lib.support.wiki.title import (
    CANONICAL_NAMESPACES,
    MAIN_NAMESPACE,
    InvalidTitle,
    parse_title,
)
from course_lib.support.wiki.wikitext_text import plain_text, template_name
from course_lib.support.wiki.wikitext_tidy import tidy

_DISAMBIGUATION_TEMPLATES = {
    "disambiguation", "disambig", "disambiguation page", "disamb", "dab", "dabpage", "disambig-cu",
    "disambiguation cleanup", "disambig cleanup", "dabclean", "hndis", "hndisambig",
    "hndis-cleanup", "human name disambiguation", "geodis", "geodab", "geo-dis",
    "place name disambiguation",
    "town disambiguation", "mil-unit-dis", "military unit disambiguation", "numberdis",
    "number disambiguation", "letter disambiguation", "letter-disambig", "mathdab",
    "mathematical disambiguation", "mathematics disambiguation", "roaddis", "road disambiguation",
    "schooldis", "school disambiguation", "hospital disambiguation", "hospitaldis",
    "airport disambiguation", "airportdis", "station disambiguation", "stationdis",
    "letter-number combination disambiguation", "lncd", "ln combination disambiguation",
    "callsigndis", "call sign disambiguation", "church disambiguation", "synagogue disambiguation",
    "biology disambiguation", "taxonomy disambiguation", "genus disambiguation",
    "species latin name disambiguation", "species latin name abbreviation disambiguation",
    "caselaw disambiguation", "case law disambiguation", "chinese title disambiguation",
    "fish-dab", "meteorology disambiguation", "music disambiguation", "opus disambiguation",
    "phonetics disambiguation", "plant common name disambiguation",
    "political party disambiguation",
    "portal disambiguation", "software disambiguation", "given name disambiguation",
    "wikipedia disambiguation", "wp disambig", "arab tribe disambiguation", "airport disambig",
}  # fmt: skip


@dataclass(frozen=True)
class DisambiguationOption:
    """One line of a disambiguation page: the page it leads to, the link's words, what follows."""

    title: str
    label: str
    description: str


def is_disambiguation(code: Wikicode) -> bool:
    """Whether the page says of itself that it is a disambiguation page."""
    if "__DISAMBIG__" in code:
        return True
    return any(
        template_name(template) in _DISAMBIGUATION_TEMPLATES
        for template in code.filter_templates(recursive=False)
    )


def disambiguation_options(
    wikitext: str, namespaces: dict[str, int] | None = None
) -> list[DisambiguationOption]:
    """The pages that a disambiguation page offers: the first link of each line of its lists."""
    namespaces = CANONICAL_NAMESPACES | (namespaces or {})
    options = []
    for line in wikitext.splitlines():
        if not line.startswith("*"):
            continue
        code = mwparserfromhell.parse(line.lstrip("*#:; "))
        for link in code.filter_wikilinks(recursive=True):
            try:
                target = parse_title(str(link.title), namespaces)
            except InvalidTitle:
                continue
            if target.namespace == MAIN_NAMESPACE and not target.interwiki and target.text:
                label = tidy(plain_text(link.text if link.text else link.title, namespaces))
                text = tidy(plain_text(code, namespaces))
                options.append(DisambiguationOption(target.text, label, text))
                break
    return options
