"""Turns parsed wikitext into text: what of each kind of markup a reader sees as words.

No tables, boxes, galleries or references; lists as lines; headings as `== Heading ==`.
"""

import re

from mwparserfromhell.nodes import (
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

from course_lib.support.wiki.title import (
    CATEGORY_NAMESPACE,
    FILE_NAMESPACE,
    InvalidTitle,
    parse_title,
)
from course_lib.support.wiki.wikitext_math import math_text
from course_lib.support.wiki.wikitext_templates import (
    SUPERSCRIPT,
    TemplateCall,
    has_text,
    template_text,
)

_DROPPED_TAGS = {
    "ref", "references", "gallery", "table", "div", "timeline", "imagemap", "score", "style",
    "script", "source", "syntaxhighlight", "templatedata", "includeonly", "hiero", "graph", "map",
}  # fmt: skip
# A reference to one of these stays as it is written, as in MediaWiki: `&#1;`, half of a character.
_NO_CHARACTER = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LIST_TAGS = {"li", "dd", "dt"}
# Between these two there is a bibliography or a column layout, which is no part of an extract.
_BLOCK_STARTS = {"refbegin": "refend"}


def plain_text(code: Wikicode | str, namespaces: dict[str, int]) -> str:
    """The text of parsed wikitext, with what `tidy` is there to take away.

    Raises:
        RecursionError: where markup is nested deeper than Python's stack.
    """
    if isinstance(code, str):
        return code
    text = ""
    awaited_end = ""
    for node in code.nodes:
        name = template_name(node) if isinstance(node, Template) else ""
        # A block that is never closed ends at the next heading.
        if awaited_end and (name == awaited_end or isinstance(node, Heading)):
            awaited_end = ""
        if awaited_end:
            continue
        awaited_end = _BLOCK_STARTS.get(name, "")
        if isinstance(node, Tag) and str(node.tag).lower() in _LIST_TAGS and node.wiki_markup:
            # A definition after its term stands in the middle of a line of wikitext.
            text += "\n" if text and text[-1] != "\n" and str(node.tag) == "dd" else ""
        else:
            text += _node_text(node, namespaces)
    return text


def _node_text(node: Node, namespaces: dict[str, int]) -> str:
    if isinstance(node, Text):
        return str(node.value)
    if isinstance(node, Wikilink):
        return _link_text(node, namespaces)
    if isinstance(node, Template):
        return _template_node_text(node, namespaces)
    if isinstance(node, Tag):
        return _tag_text(node, namespaces)
    if isinstance(node, Heading):
        marks = "=" * node.level
        return f"\n\n\n{marks} {plain_text(node.title, namespaces).strip()} {marks}\n"
    if isinstance(node, ExternalLink):
        if node.title is not None:
            return plain_text(node.title, namespaces)
        return "" if node.brackets else str(node.url)
    if isinstance(node, HTMLEntity):
        text = node.normalize()
        return str(node) if _NO_CHARACTER.fullmatch(text) else text
    return ""


def _link_text(node: Wikilink, namespaces: dict[str, int]) -> str:
    written = str(node.title).strip()
    try:
        target = parse_title(written, namespaces)
    except InvalidTitle:
        return plain_text(node.text, namespaces) if node.text else ""
    hidden = target.namespace in (FILE_NAMESPACE, CATEGORY_NAMESPACE) or target.is_language_link
    if hidden and not written.startswith(":"):
        return ""
    if node.text is not None:
        return plain_text(node.text, namespaces)
    return plain_text(node.title, namespaces).strip().removeprefix(":")


def _tag_text(node: Tag, namespaces: dict[str, int]) -> str:
    name = str(node.tag).lower()
    if name in _DROPPED_TAGS:
        return ""
    if name == "br":
        return "\n"
    if name == "math":
        return math_text(str(node.contents))
    if name == "nowiki":
        return str(node.contents)
    if node.contents is None:
        return ""
    text = plain_text(node.contents, namespaces)
    if name == "sup":
        return text.translate(SUPERSCRIPT) if re.fullmatch(r"[-−+]?\d+", text) else text
    return f"\n{text}\n" if name in ("blockquote", "poem", "center", "p", "li") else text


def template_name(node: Template) -> str:
    """The name by which templates are known: in lower case, words one space apart."""
    return " ".join(str(node.name).replace("_", " ").split()).lower()


def _template_node_text(node: Template, namespaces: dict[str, int]) -> str:
    name = template_name(node)
    if name.startswith("formatnum:"):
        # What a parser function works on stands in its name.
        name = plain_text(node.name, namespaces).strip().lower()
    if not has_text(name):
        return ""
    positional, named = [], {}
    for parameter in node.params:
        value = plain_text(parameter.value, namespaces)
        if parameter.showkey:
            named[str(parameter.name).strip()] = value.strip()
        else:
            positional.append(value.strip())
    return template_text(TemplateCall(name, positional, named))
