"""`prop=extracts`: an article's plain text, whole, its introduction, or the beginning of either.

Cuts where Wikipedia's own extension TextExtracts cuts
(https://www.mediawiki.org/wiki/Extension:TextExtracts).
"""

import html
import re
from typing import Any

from course_lib.support.wiki.api_pages import PageSet
from course_lib.support.wiki.api_parameters import ApiError, Parameters, bad_continue
from course_lib.support.wiki.database import WikipediaDatabase
from course_lib.support.wiki.wikitext import join_extract

MAX_EXTRACTS = 20
MAX_SENTENCES = 10
MAX_CHARS = 1_200
ELLIPSIS = "..."

_MODULE = "extracts"
# A full stop after a capital is an initial's, not a sentence's: "J. S. Bach".
_SENTENCE_END = re.compile(r"(?:[^A-ZÀ-ÖØ-Þ]\.(?=[ \n]|$)|[!?](?=[ \n]|$)|[。．！？｡])+")
_REST_OF_WORD = re.compile(r"[\w/]*")
_HEADING = re.compile(r"^(={2,6}) (.*) \1$")


def first_sentences(text: str, count: int) -> str:
    """The first `count` sentences of a text, or its first line where it has no sentence's end."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    if not ends:
        return text.partition("\n")[0].strip()
    return text[: ends[min(count, len(ends)) - 1]].strip()


def first_chars(text: str, count: int) -> str:
    """The first `count` characters and the rest of the last word, with an ellipsis if cut."""
    if len(text) <= count:
        return text
    rest_of_word = _REST_OF_WORD.match(text, count)
    end = rest_of_word.end() if rest_of_word else count
    return text[:end].strip() + ELLIPSIS if end < len(text) else text


def text_as_html(text: str) -> str:
    """Plain text with its headings and paragraphs as HTML elements."""
    elements = []
    for line in filter(None, text.split("\n")):
        if heading := _HEADING.match(line):
            level = len(heading[1])
            elements.append(f"<h{level}>{html.escape(heading[2], quote=False)}</h{level}>")
        else:
            elements.append(f"<p>{html.escape(line, quote=False)}</p>")
    return "\n".join(elements)


def add_extracts(
    parameters: Parameters, database: WikipediaDatabase, pages: PageSet
) -> dict[str, Any] | None:
    """Add `extract` to the pages' answers; what to continue with, or None when done.

    Raises:
        ApiError: `exchars` together with `exsentences`, or a wrong `excontinue`.
    """
    intro_only = parameters.has("exintro")
    plain = parameters.has("explaintext")
    section_format = parameters.choice("exsectionformat", _MODULE, ("plain", "wiki"), "wiki")
    limit = parameters.limit("exlimit", _MODULE, MAX_EXTRACTS, MAX_EXTRACTS)
    sentences = parameters.integer("exsentences", _MODULE, 0, 1, MAX_SENTENCES)
    chars = parameters.integer("exchars", _MODULE, 0, 1, MAX_CHARS)
    start = parameters.integer("excontinue", _MODULE, 0)
    if sentences and chars:
        raise ApiError(
            "invalidparammix",
            'The parameters "exchars" and "exsentences" can not be used together.',
        )
    if not 0 <= start <= len(pages.found):
        raise bad_continue()
    if limit > 1 and not intro_only and len(pages.found) > 1:
        limit = 1
        parameters.warn(
            _MODULE,
            '"exlimit" was too large for a whole article extracts request, lowered to 1.',
        )
    if not plain and pages.found:
        if sentences:
            parameters.warn(
                _MODULE,
                'The "exsentences" parameter may have unexpected results when used in HTML mode.',
            )
        parameters.warn(_MODULE, "This HTML is made from the plain text: no links, no emphasis.")

    for page in pages.found[start : start + limit]:
        intro, rest = database.extract(page.page_id)
        text = intro if intro_only else join_extract(intro, rest)
        if sentences:
            text = first_sentences(text, sentences)
        elif chars:
            text = first_chars(text, chars)
        if not plain:
            text = text_as_html(text)
        elif section_format == "plain":
            text = "\n".join(_HEADING.sub(r"\2", line) for line in text.split("\n"))
        pages.answers[str(page.page_id)]["extract"] = text
    if start + limit < len(pages.found):
        return {"excontinue": start + limit}
    return None
