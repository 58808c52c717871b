"""Takes out of wikitext the blocks that are no part of an article's prose.

Comments, references, tables and galleries: found by their own marks, before the wikitext is parsed,
since a table whose cells leave bold text open, or a reference that is broken, would otherwise take
the sections after it along.
"""

import re

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_EMPTY_REFERENCE = re.compile(r"<ref\b[^<>]*/>", re.IGNORECASE)
_REFERENCE = re.compile(r"<ref\b[^<>]*>(.*?)</ref\s*>", re.DOTALL | re.IGNORECASE)
_REFERENCE_END = re.compile(r"</ref\s*>", re.IGNORECASE)
_GALLERY = re.compile(r"<gallery\b[^<>]*>(.*?)</gallery\s*>", re.DOTALL | re.IGNORECASE)
_GALLERY_END = re.compile(r"</gallery\s*>", re.IGNORECASE)
_TABLE_START = re.compile(r"\s*:*\s*\{\|")
_TABLE_END = re.compile(r"\s*\|\}(?!\})")
_SECTION_HEADING = re.compile(r"==.*==\s*$")


def split_blocks(wikitext: str) -> tuple[str, str]:
    """The prose, and the blocks taken out of it one after another; comments are in neither."""
    removed: list[str] = []
    text = _EMPTY_REFERENCE.sub("", _COMMENT.sub("", wikitext))
    text = _without_elements(_REFERENCE, _REFERENCE_END, text, removed)
    text = _without_elements(_GALLERY, _GALLERY_END, text, removed)
    prose, tables = _split_tables(text)
    return prose, "\n\n".join([*removed, tables])


def _without_elements(
    element: re.Pattern[str], closing_tag: re.Pattern[str], text: str, removed: list[str]
) -> str:
    # After the last closing tag every opening one would be followed to the end of the text.
    end = max((found.end() for found in closing_tag.finditer(text)), default=0)

    def remove(found: re.Match[str]) -> str:
        removed.append(found[1])
        return ""

    return element.sub(remove, text[:end]) + text[end:]


def _split_tables(text: str) -> tuple[str, str]:
    prose, tables = [], []
    depth = 0
    for line in text.split("\n"):
        # A table that is never closed ends with its section.
        if depth and _SECTION_HEADING.match(line):
            depth = 0
        if _TABLE_START.match(line):
            depth += 1
        (tables if depth else prose).append(line)
        if depth and (end := _TABLE_END.match(line)):
            depth -= 1
            if not depth:
                tables[-1], rest = line[: end.end()], line[end.end() :]
                prose.append(rest)
    return "\n".join(prose), "\n".join(tables)
