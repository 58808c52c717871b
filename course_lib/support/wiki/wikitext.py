"""What an article's wikitext says: its plain text, its links, its categories.

Pure functions over a string. The plain text follows Wikipedia's own extracts (the TextExtracts
extension): no tables, boxes, galleries, references or notices; lists as lines; headings as
`== Heading ==`; one line a paragraph. Once made, only white space of it is edited, and brackets
that became empty.
"""

import re
from dataclasses import dataclass

import mwparserfromhell
from mwparserfromhell.nodes import (
    Argument,
    ExternalLink,
    Heading,
    HTMLEntity,
    Node,
    Tag,
    Template,
    Text,
    Wikilink,
)
from mwparserfromhell.wikicode import Wikicode

from course_lib.support.wiki.title import CANONICAL_NAMESPACES, TEMPLATE_NAMESPACE
from course_lib.support.wiki.wikitext_links import (
    DisambiguationOption,
    disambiguation_options,
    is_disambiguation,
    is_hidden,
    link_target,
    links_and_categories,
)
from course_lib.support.wiki.wikitext_math import SUPERSCRIPT
from course_lib.support.wiki.wikitext_source import GONE, Source, character, read_source
from course_lib.support.wiki.wikitext_templates import template_text

_CUT = "\ufdd3"  # what follows it in its line is broken markup
_SECTION = "\ufdd4"  # begins a heading
_HIDDEN_TAGS = frozenset("table div gallery ref references style script figure input".split())
_BLOCKS = "blockquote poem center p li ul ol dl dt dd tr hr h1 h2 h3 h4 h5 h6".split()
_HIDDEN_CLASSES = re.compile(
    r"\b(?:noprint|noexcerpt|navbox\S*|metadata|ambox|hatnote|dablink|infobox|toc|sortkey|error|nomobile)\b"
)
# Between these there is a bibliography or a layout in columns, which is no part of an extract.
_BLOCK_STARTS = ("refbegin", "div col", "col-begin", "colbegin", "columns-start", "startplainlist")
_BLOCK_ENDS = ("refend", "div col end", "col-end", "colend", "columns-end", "endplainlist")
_PAGE_NAMES = ("PAGENAME", "FULLPAGENAME", "BASEPAGENAME", "SUBPAGENAME")
_STRAY_TAG = re.compile(
    r"</?(ref|references|br|small|big|div|span|center|sub|sup|table|tr|td|th|tbody|font|b|i|u|s|p|li"
    r"|ul|ol|dl|dt|dd|em|strong|tt|code|nowiki|blockquote|gallery|poem|cite|abbr|pre|math|includeonly"
    r"|syntaxhighlight|source|hr|tabber|var|kbd|q|del|ins)(?:\s[^<>\n]*|/?)>",
    re.IGNORECASE,
)
_OPEN_LINK = re.compile(r"\[\[([^\[\]{}|\n]*)(\|?)")
# A line of a template or a table that was never closed: `{{Name`, `| key =`, `|-`.
_OPEN_BOX = re.compile(r"(?<![^\n])(?:\{\{[^{}\n]*|\|(?=[-}+]|[ \w-]{0,40}=))(?=[^\n]*)")
_SPACES = re.compile(r"[ \t\u00a0\u2002-\u200a\u202f\u3000]+")
_WIDTHLESS = re.compile("[\u00ad\u200b\u2060\ufeff]")
_BRACKETS = re.compile(r" ?([(\[⟨])([^()\[\]⟨⟩\n]*)[)\]⟩]")


@dataclass(frozen=True)
class Article:
    """What `parse_wikitext` finds.

    `intro` is the text before the first heading and `rest` all that follows, so that the whole
    extract is the two put together. `links` are whole titles with their namespace's number,
    `categories` titles without "Category:"; neither repeats. Of a disambiguation page `options`
    are what it offers.
    """

    intro: str
    rest: str
    links: tuple[tuple[int, str], ...]
    categories: tuple[str, ...]
    is_disambiguation: bool
    options: tuple[DisambiguationOption, ...] = ()

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
    source = read_source(wikitext)
    code = mwparserfromhell.parse(source.text, skip_style_tags=True)
    reader = _Reader(title, namespaces)
    intro, _, rest = _finished(reader.text(code)).partition(_SECTION)
    rest = _SECTION + rest if rest else ""
    intro, rest = (
        source.restored(text.replace(_SECTION, "\n\n\n")).strip() for text in (intro, rest)
    )
    everything = "\n".join([source.text, *source.hidden])
    links, categories = links_and_categories(
        everything, code, title, namespaces, first_letter=first_letter
    )
    is_one = "__DISAMBIG__" in wikitext or is_disambiguation(code)

    def plain_text(line: str) -> str:
        parsed = mwparserfromhell.parse(line, skip_style_tags=True)
        return source.restored(_finished(reader.text(parsed)))

    options = disambiguation_options(source.text, namespaces, plain_text) if is_one else ()
    return Article(intro, rest, links, categories, is_one, options)


class _Reader:
    """Says what each node of parsed wikitext shows on a page."""

    def __init__(self, title: str, namespaces: dict[str, int]) -> None:
        self.title, self.namespaces = title, namespaces

    def text(self, code: Wikicode | str | None) -> str:
        """The text, with GONE for what has no words; may raise RecursionError."""
        if code is None or isinstance(code, str):
            return code or ""
        text, in_block = "", False
        for node in code.nodes:
            name = str(node.name).strip().lower() if isinstance(node, Template) else ""
            # A block that is never closed ends at the next heading.
            in_block &= not (isinstance(node, Heading) or name in _BLOCK_ENDS)
            in_block |= name.startswith(_BLOCK_STARTS) and name not in _BLOCK_ENDS
            text += "" if in_block else self.node(node)
        return text

    def node(self, node: Node) -> str:
        match node:
            case Text():
                return self.words(str(node.value))
            case HTMLEntity():
                return character(str(node))
            case Wikilink():
                return self.link(node)
            case Template():
                return self.template(node) or GONE
            case Tag():
                return self.tag(node)
            case Heading():
                marks = "=" * node.level
                title = self.text(node.title).strip()
                return f"\n{_SECTION}{marks} {title} {marks}\n"
            case ExternalLink():
                bare = GONE if node.brackets else str(node.url)
                return bare if node.title is None else self.text(node.title)
            case Argument():
                return self.text(node.default)
        return ""

    def words(self, text: str) -> str:
        """Text between markup, without the marks of markup that is broken."""
        text = _STRAY_TAG.sub(lambda tag: "\n" if tag[1].lower() in ("br", *_BLOCKS) else "", text)
        text = _OPEN_BOX.sub(_CUT, text)
        if "]" not in text:
            text = _OPEN_LINK.sub(self.open_link, text)
        if text.count("[") < 2:
            text = text.replace("]]", "")
        if text.count("{") < 2:
            text = text.replace("}}", "")
        return text

    def open_link(self, found: re.Match[str]) -> str:
        if is_hidden(found[1], self.namespaces):
            return _CUT
        return "" if found[2] else found[1]

    def link(self, node: Wikilink) -> str:
        if is_hidden(str(node.title), self.namespaces):
            return GONE
        title = self.text(node.title).strip().removeprefix(":")
        if node.text is None:
            return title
        # The pipe trick: [[Paris (city)|]] is Paris.
        return self.text(node.text) or re.sub(r"^[^:]*:| \([^()]*\)$", "", title)

    def tag(self, node: Tag) -> str:
        name = str(node.tag).strip().lower()
        if node.wiki_markup and name in ("li", "dt"):
            return ""
        text = self.text(node.contents)
        attributes = " ".join(str(attribute) for attribute in node.attributes).lower()
        if "class" in attributes and _HIDDEN_CLASSES.search(attributes):
            return GONE
        if "display:none" in attributes.replace(" ", ""):
            return GONE
        if name in _HIDDEN_TAGS and not (name == "div" and _SECTION in text):
            return f"\n{GONE}\n" if "\n" in text else GONE
        if name == "br" or (node.wiki_markup and name in ("dd", "hr")):
            return "\n"
        if name == "sup" and re.fullmatch(r"[-−+]?\d+", text):
            return text.translate(SUPERSCRIPT)
        return f"\n{text}\n" if name in _BLOCKS else text

    def template(self, node: Template) -> str:
        name = " ".join(self.text(node.name).replace(GONE, "").replace("_", " ").split())
        target = link_target(name, self.namespaces) if ":" in name else None
        if target and target.namespace == TEMPLATE_NAMESPACE:
            name = name.partition(":")[2].strip()
        if name in _PAGE_NAMES:
            return self.title
        arguments = {
            str(parameter.name).strip(): self.text(parameter.value).strip()
            for parameter in node.params
        }
        return template_text(name, arguments) or ""


def _finished(text: str) -> str:
    """One line a paragraph, without what became empty as markup was taken out."""
    text = _SPACES.sub(" ", _WIDTHLESS.sub("", re.sub(f"{_CUT}[^\n]*", "", text)))
    for _ in range(3):  # brackets within brackets
        text = _BRACKETS.sub(_filled_brackets, text)
    lines = []
    for line in text.split("\n"):
        if GONE in line:
            if not re.search(r"\w", line):
                continue
            line = re.sub(f" ?{GONE}(?=[ .,;:!?)\\]]|$)", "", line).replace(GONE, "")
        if line.strip():
            lines.append(line.strip())
    return "\n".join(lines)


def _filled_brackets(found: re.Match[str]) -> str:
    """Brackets without the parts of which nothing is left; without any, nothing."""
    if GONE not in found[2]:
        return found[0]
    kept, closing = "", found[0][-1]
    for part in re.findall(r"[,;]?[^,;]*", found[2]):
        words = re.findall(r"\w+", part.rpartition(":")[2])
        if GONE not in part or set(words) - {"or", "and"}:
            kept += part
    kept = kept.lstrip(",; ").rstrip()
    space = " " if found[0][0] == " " else ""
    return f"{space}{found[1]}{kept}{closing}" if kept.strip(GONE + " ") else ""
