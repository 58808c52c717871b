"""The sentences of a plain-text extract, as MediaWiki's `explaintext` gives it.

In such a text each line is a paragraph, a list item, or a heading between equals signs; a paragraph
that its author wrapped goes on in the next line. Where a sentence ends is what Wikimedia's own
splitter, sentencex, says. Headings are left out, and every sentence is an exact piece of the text.
"""

import re
from collections.abc import Iterator
from itertools import islice

import sentencex

# A longer stretch without an end is cut at a space, so that no model has to truncate it.
MAX_SENTENCE_CHARS = 1_000

_HEADING = re.compile(r"^[ \t]*(={1,6})[^=\n].*\1[ \t]*$", re.MULTILINE)
_LINE, _OPEN_END = re.compile(r"[^\r\n]{1,20000}"), re.compile(r"[^\W_]|,")
_BULLET = re.compile(r"[\s*#:;•–—-]*")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
# After an article it is no end: "the 2. Bundesliga", "am 3. Mai".
_ORDINAL = re.compile(
    r"\b(?:the|der|die|das|dem|den|im|vom|zum|(?<!I )am) \d{1,2}\.\s+$", re.IGNORECASE
)
# What sentencex cannot take, half a character, and on what it panics: "I.", then a wide space.
_UNSAFE = re.compile(r"[^\S\n]|[\ud800-\udfff]")


def split_sentences(text: str, limit: int | None = None) -> list[str]:
    """The sentences of `text` in order, the first `limit` of them if that is given.

    Headings and lines that hold no letter are left out.
    """
    return [text[start:end] for start, end in islice(_spans(text), limit)]


def lead(text: str) -> str:
    """The part before the first heading: the article's introduction."""
    heading = _HEADING.search(text)
    return text[: heading.start()] if heading else text


def first_sentences(text: str, max_chars: int) -> tuple[list[str], bool]:
    """The whole sentences among the first `max_chars` characters, and whether there are more.

    The first sentence always comes along, so that a text with a letter in it never gives nothing.
    """
    kept: list[str] = []
    for start, end in _spans(text):
        if kept and end > max_chars:
            return kept, True
        kept.append(text[start:end])
    return kept, False


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence starts and ends in `text`."""
    for start, end in _paragraphs(text):
        bullet = _BULLET.match(text, start, end)
        start = position = bullet.end() if bullet else start
        paragraph = _UNSAFE.sub(" ", text[position:end])
        is_cyrillic = len(_CYRILLIC.findall(paragraph)) * 2 > len(paragraph)
        # English knows the marks of all scripts; abbreviations are those of the language.
        for sentence in sentencex.segment("ru" if is_cyrillic else "en", paragraph):
            position += len(sentence)
            if position < end and _ORDINAL.search(sentence):
                continue
            for piece_start, piece_end in _pieces(text, start, position):
                if any(character.isalpha() for character in text[piece_start:piece_end]):
                    yield piece_start, piece_end
            start = position


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Where each line that is no heading starts and ends, with the lines in which it goes on."""
    start = end = 0
    for line in _LINE.finditer(text):
        # A list's items can begin with small letters as well, but then so does the first.
        breaks_off = start < end == line.start() - 1 and _OPEN_END.match(text, end - 1)
        if not (breaks_off and text[line.start()].islower() and not text[start].islower()):
            if start < end:
                yield start, end
            start = line.start()
        end = start if _HEADING.match(line[0]) else line.end()
    if start < end:
        yield start, end


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """`text[start:end]` without the spaces around it, cut where it is too long."""
    while start < end:
        start += len(text[start:end]) - len(text[start:end].lstrip())
        cut = end
        if end - start > MAX_SENTENCE_CHARS:
            limit = start + MAX_SENTENCE_CHARS
            space = text.rfind(" ", start, limit)
            cut = space if space > start else limit
        yield start, start + len(text[start:cut].rstrip())
        start = cut
