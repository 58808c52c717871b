"""The sentences of a plain-text extract, as MediaWiki's `explaintext` gives it.

In such a text each line is a paragraph, a list item, or a heading between equals signs. Headings
are left out, and every sentence is an exact piece of the text, in its order. The rules are for
English; what they cannot know (is the last word of a sentence "Inc." or the middle of one?) they
decide by the next word. Nothing here needs a model.
"""

import re
from collections.abc import Iterator
from itertools import chain, islice

# A longer stretch without an end is cut at a space, so that no model has to truncate it.
MAX_SENTENCE_CHARS = 1_000
# How far the rules look back from the end of a sentence, for its last word.
MAX_WORD_CHARS = 100

_HEADING = re.compile(r"^[ \t]*(={1,6})[^=\n].*\1[ \t]*$", re.MULTILINE)
_LINE = re.compile(r"[^\r\n]+")
_BULLET = re.compile(r"[\s*#:;•–—-]*")
_CLOSERS = "\"'”’»)]"
_OPENERS = "\"'“‘«(["
# It begins where a run of marks begins, and never backs up: a million dots must not cost a minute.
_END = re.compile(rf"(?<![.!?…])[.!?…]++[{re.escape(_CLOSERS)}]*+(?=\s)")
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘«]+$")
_DOTTED = re.compile(r"(?:\w\.)+\w|\w+\.\w+")  # U.S, a.m, Ph.D: what stands before the last period.

# A period after one of these never ends a sentence.
_NEVER_LAST = frozenset(
    "mr mrs ms messrs dr prof st ste mt ft gen col lt capt cmdr adm maj sgt rev hon gov sen rep "
    "pres brig fr ven bros vs v cf viz ca c approx incl fl b d r vol vols pp fig figs ed eds "
    "trans lit op jan feb mar apr jun jul aug sept sep oct nov dec e.g i.e".split()
)
# A period after one of these ends a sentence only if a word that often starts one comes next.
_SELDOM_LAST = frozenset("jr sr inc ltd co corp etc al dept univ assn no nos p sec ch".split())
_STARTERS = frozenset(
    "a an the this that these those there here he she it its his her they their we i in on at by "
    "for from to with as after before during since until while when where who what which although "
    "though however but and or if because some many most all both each one two three several other "
    "another such no not only also even then thus therefore despite like under over between among "
    "within upon according following today later early according".split()
)


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
    for line in _LINE.finditer(text):
        if _HEADING.match(line.group()):
            continue
        start = line.start() + _BULLET.match(line.group()).end()
        for end in chain(_ends(text, start, line.end()), [line.end()]):
            for piece_start, piece_end in _pieces(text, start, end):
                if any(character.isalpha() for character in text[piece_start:piece_end]):
                    yield piece_start, piece_end
            start = end


def _ends(text: str, start: int, stop: int) -> Iterator[int]:
    """The ends of all sentences but the last of the line `text[start:stop]`."""
    for mark in _END.finditer(text, start, stop):
        following = text[mark.end() : min(stop, mark.end() + MAX_WORD_CHARS)]
        following = following.lstrip().lstrip(_OPENERS)
        if (
            following
            and not following[0].islower()
            and _is_end(text[max(start, mark.end() - MAX_WORD_CHARS) : mark.end()], following)
        ):
            yield mark.end()


def _is_end(before: str, following: str) -> bool:
    """Whether a sentence ends between the two; `following` does not start with a small letter."""
    stem = before.rstrip(_CLOSERS)
    if not stem.endswith(".") or stem.endswith(".."):
        return True
    word = _LAST_WORD.search(stem[:-1])
    if word is None:
        return True
    last = word.group()
    next_is_starter = re.split(r"\W", following, maxsplit=1)[0].lower() in _STARTERS
    if last == "I":  # World War I. It ended, but: I. M. Pei.
        return not re.match(r"\w\.", following)
    if len(last) == 1 and last.isupper():  # An initial.
        return next_is_starter
    if last.lower() in _NEVER_LAST:
        return False
    if last.lower() in _SELDOM_LAST or _DOTTED.fullmatch(last):
        return next_is_starter
    return True


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
