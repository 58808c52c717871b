"""What an article's wikitext says: its plain text, its links, its categories.

The text follows Wikipedia's own extracts (the TextExtracts extension): no tables, boxes, galleries,
references or notices; lists as lines; headings as `== Heading ==`; one line a paragraph. Of the
finished text only white space is edited, and brackets that became empty.
"""

import re
from dataclasses import dataclass

import mwparserfromhell
from mwparserfromhell import nodes
from mwparserfromhell.wikicode import Wikicode

from course_lib.support.wiki import wikitext_links as links_of
from course_lib.support.wiki.title import CANONICAL_NAMESPACES, TEMPLATE_NAMESPACE
from course_lib.support.wiki.wikitext_math import SUPERSCRIPT
from course_lib.support.wiki.wikitext_source import (
    CUT,
    GONE,
    SECTION,
    UNCLOSED_LINK,
    character,
    read_source,
)
from course_lib.support.wiki.wikitext_templates import template_text

_HIDDEN_TAGS = "table div gallery ref references style script figure input".split()
_BLOCKS = "blockquote poem center p li ul ol dl dt dd tr hr br h1 h2 h3 h4 h5 h6".split()
_HIDDEN = re.compile(
    r"""\bclass\s*=.*\b(?:noprint|noexcerpt|navbox|metadata|ambox|hatnote|dablink|infobox|sortkey|toc
    |error|nomobile)\b|display\s*:\s*none""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_STRAY_TAG = re.compile(
    r"""</?(ref|references|br|small|big|div|span|center|sub|sup|table|tr|td|th|tbody|font|b|i|u|s|p
    |li|ul|ol|dl|dt|dd|em|strong|tt|code|nowiki|blockquote|gallery|poem|cite|abbr|pre|math|hr|var|q
    |includeonly|syntaxhighlight|source|tabber|kbd|del|ins)(?:\s[^<>\n]*|/?)>""",
    re.VERBOSE | re.IGNORECASE,
)
_LINK = re.compile(rf"{UNCLOSED_LINK}([^\[\]{{}}|\n]*)(\|?)")
# A line of a template or a table that was never closed: `| key =`, `|-`.
_OPEN_BOX = re.compile(r"(?<=\n)\|(?=[}+]|-+ *(?:\n|$)|[ \w-]{0,40}=)")
_SPACES, _WIDTHLESS = re.compile(r"[^\S\n]+"), re.compile("[\u00ad\u200b\u2060\ufeff\ufdd5\ufdd6]")
# With the space before it, where another follows; and one of two full stops around it.
_GONE = re.compile(rf"([.,;]){GONE}+ ?(?=\1)| ?{GONE}+(?=[ .,;:!?)\]]|$)|{GONE}")


@dataclass(frozen=True)
class ParsedArticle:
    """What `parse_wikitext` finds.

    `intro` is the text before the first heading and `rest` all that follows. `links` are whole
    titles with their namespace's number, `categories` titles without "Category:"; neither repeats.
    `options` are what a disambiguation page offers, and None for any other.
    """

    intro: str
    rest: str
    links: tuple[tuple[int, str], ...]
    categories: tuple[str, ...]
    options: list[links_of.Option] | None

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
    timestamp: str = "",
) -> ParsedArticle:
    """Read an article: its source, its own title, and its site's namespaces and their numbers.

    `timestamp` is that of its revision, for what counts the years until now.

    Raises:
        mwparserfromhell.parser.ParserError: the parser met wikitext that it cannot handle.
        RecursionError: markup is nested deeper than Python's stack.
    """
    namespaces = CANONICAL_NAMESPACES | (namespaces or {})
    source, verbatim, hidden = read_source(wikitext)
    reader = _Reader(title, namespaces, timestamp[:10] or "2016-04-01")

    def plain_text(code: Wikicode) -> str:
        text = _finished(reader.text(code))
        return re.sub("\ufdd0(\\d+)\ufdd1", lambda mark: verbatim[int(mark[1])], text)

    code = mwparserfromhell.parse(source, skip_style_tags=True)
    intro, *sections = (part.strip() for part in plain_text(code).split(SECTION))
    links, categories = links_of.links_and_categories(
        f"{source}\n{hidden}", code, title, namespaces, first_letter=first_letter
    )
    is_one = "__DISAMBIG__" in wikitext or links_of.is_disambiguation(code)
    options = links_of.disambiguation_options(source, namespaces, plain_text) if is_one else None
    return ParsedArticle(intro, "\n\n\n".join(sections), links, categories, options)


class _Reader:
    """Says what parsed wikitext shows on a page, with GONE for what has no words."""

    def __init__(self, title: str, namespaces: dict[str, int], day: str) -> None:
        self.title, self.namespaces, self.day = title, namespaces, day

    def text(self, code: Wikicode | None) -> str:
        pieces, is_bibliography = [], False
        for node in code.nodes if code else ():
            # One in columns is no part of an extract; it is never longer than its section.
            name = links_of.template_name(node) if isinstance(node, nodes.Template) else ""
            if isinstance(node, nodes.Heading) or name in ("refbegin", "refend"):
                is_bibliography = name == "refbegin"
            pieces.append("" if is_bibliography else self.node(node))
        return "".join(pieces)

    def node(self, node: nodes.Node) -> str:
        match node:
            case nodes.Text(value=value):
                return self.words(value)
            case nodes.HTMLEntity():
                return character(str(node))
            case nodes.Wikilink():
                return self.link(node)
            case nodes.Template():
                return self.template(node) or GONE
            case nodes.Tag():
                return self.tag(node)
            case nodes.Heading(level=level, title=title):
                return f"\n{SECTION}{'=' * level} {self.text(title).strip()} {'=' * level}\n"
            case nodes.ExternalLink(url=url, title=title, brackets=brackets):
                return self.text(title) if title else GONE if brackets else str(url)
            case nodes.Argument(default=default):
                return self.text(default)
        return ""

    def words(self, text: str) -> str:
        """Text between markup, without the marks of markup that is broken."""
        text = _STRAY_TAG.sub(lambda tag: "\n" if tag[1].lower() in _BLOCKS else "", text)
        text = _OPEN_BOX.sub(CUT, text)
        text = _LINK.sub(self.open_link, text)
        for closing, opening in (("]]", "["), ("}}", "{")):
            text = text if text.count(opening) > 1 else text.replace(closing, "")
        return text

    def open_link(self, found: re.Match[str]) -> str:
        return CUT if self.hides(found[1]) else "" if found[2] else found[1]

    def hides(self, title: str) -> bool:
        target = links_of.link_target(title, self.namespaces)
        return not title.strip().startswith(":") and links_of.is_hidden(target)

    def link(self, node: nodes.Wikilink) -> str:
        title = self.text(node.title).strip().removeprefix(":")
        # The pipe trick: [[Paris (city)|]] is Paris.
        text = self.text(node.text) or re.sub(r"^[^:]*:| \([^()]*\)$", "", title)
        return GONE if self.hides(str(node.title)) else title if node.text is None else text

    def tag(self, node: nodes.Tag) -> str:
        name, text = str(node.tag).strip().lower(), self.text(node.contents)
        if node.wiki_markup and name in ("li", "dt"):
            return ""
        is_box = name in _HIDDEN_TAGS and not (name == "div" and SECTION in text)
        if is_box or _HIDDEN.search(" ".join(map(str, node.attributes))):
            return f"\n{GONE}\n" if "\n" in text else GONE
        if name == "sup" and re.fullmatch(r"[-−+]?\d+", text):
            return text.translate(SUPERSCRIPT)
        return f"\n{text}\n" if name in _BLOCKS else text

    def template(self, node: nodes.Template) -> str | None:
        name = " ".join(self.text(node.name).replace(GONE, "").replace("_", " ").split())
        target = links_of.link_target(name, self.namespaces) if ":" in name else None
        if target and target.namespace == TEMPLATE_NAMESPACE:
            name = name.partition(":")[2].strip()
        if name.endswith("PAGENAME"):
            return self.title
        # What is gone matters in brackets only; in a number, it would be in the way.
        texts = {str(item.name).strip(): self.text(item.value).strip() for item in node.params}
        kept = {key: text if "(" in text else text.replace(GONE, "") for key, text in texts.items()}
        return template_text(name, kept | {"now": self.day})


def _finished(text: str) -> str:
    """One line a paragraph, without what became empty as markup was taken out."""
    lines = []
    for line in _SPACES.sub(" ", _WIDTHLESS.sub("", text)).split("\n"):
        line = line.partition(CUT)[0]
        if GONE in line:
            line = _GONE.sub("", _without_empty_brackets(line)) if re.search(r"\w", line) else ""
        lines.append(line.strip())
    return "\n".join(filter(None, lines))


def _without_empty_brackets(line: str) -> str:
    opened = [""]  # what stands in each bracket that is open
    for piece in re.split(r"( ?[(\[⟨]|[)\]⟩])", line):
        if piece.endswith(("(", "[", "⟨")) and len(opened) < 9:
            opened.append(piece)
        elif piece in (")", "]", "⟩") and len(opened) > 1:
            opened[-2:] = ["".join([opened[-2], _without_gone_parts(opened[-1] + piece)])]
        else:
            opened[-1] += piece
    return "".join(opened)


def _without_gone_parts(text: str) -> str:
    """Text in brackets without the parts of which nothing is left; without any, nothing."""
    if GONE not in text:
        return text
    opening = text[: 2 if text[0] == " " else 1]
    kept = ""
    for part in re.findall(r"[,;]?[^,;]*", text[len(opening) : -1]):
        words = re.findall(r"\w+", part.rpartition(":")[2])
        kept += part if GONE not in part or {*words} - {"or", "and"} else ""
    kept = kept.strip(f",; {GONE}")
    return f"{opening}{kept}{text[-1]}" if kept else ""
