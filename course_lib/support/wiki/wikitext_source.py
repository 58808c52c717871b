"""Takes out of wikitext what is not for the parser, in its order, as MediaWiki's preprocessor does.

Verbatim texts and formulas leave a numbered mark; what an extract does not show (a reference, a
table) leaves GONE, so that brackets which became empty can be told from empty brackets.
"""

import html
import re

from course_lib.support.wiki.wikitext_math import chemistry_text, math_text

# Marks in a text on its way, none of which a text can hold itself: Unicode keeps them for programs.
# A verbatim text is a number between \ufdd0 and \ufdd1.
GONE = "\ufdd2"  # here stood what shows no words
CUT = "\ufdd3"  # what follows in its line is broken markup
SECTION = "\ufdd4"  # begins a heading
UNCLOSED_LINK = "\ufdd5"  # begins a link that does not end
EMPTY = "\ufdd6"  # a verbatim text of nothing
_ELEMENTS = (
    "nowiki|pre|math|chem|ce|source|syntaxhighlight|maplink|references|ref|gallery|timeline|score|tabs"
    "|templatedata|inputbox|tabber|infobox|indicator|graph|imagemap|mapframe|hiero|categorytree|rss"
    "|dynamicpagelist|poll|quiz|includeonly|script|style|templatestyles|section|languages"
)
_OPENING = re.compile(rf"<!--|<({_ELEMENTS})((?:[\s/][^<>]*)?)>", re.IGNORECASE)
_TRANSPARENT = re.compile(r"</?(?:noinclude|onlyinclude|translate|tvar)\b[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:\w+|#\d+|#x[0-9A-Fa-f]+);")
_NO_CHARACTER = re.compile(r"[^\t\n -~\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffc\U00010000-\U0010fffd]")
_BAR = re.compile(r"(^[ :*#;]*\{?|\[\[[^\[\]{}|<>\n]*)\{\{ ?! ?\}\}", re.MULTILINE)
_SWITCH = re.compile(  # English ones anywhere; of others, those that cannot be a name in a program
    r"__(?:(?:NO|FORCE|HIDDEN|EXPECT|NEW|STATIC)[A-Z]+|TOC|INDEX|DISAMBIG)__|^ *__\w{2,40}__ *$"
    r"|__(?=[^\W_])\w{0,40}[^\W\x00-\x7f]\w{0,40}__",
    re.MULTILINE,
)
_VARIANT = re.compile(r"-\{(?:([A-Za-z; -]*)\|)?(?:\s*[a-z]{2}[a-z-]*\s*:)?([^{};]*)[^{}]*\}-")
_TABLE_START, _TABLE_END = re.compile(r"[\s:*#;]*\{\|"), re.compile(r"\s*\|\}(?!\}(?!\}))")
_HEADING = re.compile(r"==.*==\s*$")
_NO_TAG = re.compile("<(?![^<>]*>)")
_QUOTES, _COMMENT = re.compile("'{2,}"), re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TRIPLE = re.compile(r"\[(?=\[\[[^\[\]\n]*\]\]\])")


def read_source(wikitext: str) -> tuple[str, list[str], str]:
    """The wikitext for the parser, the texts of its marks, and the wikitext that was taken out."""
    pieces: list[str] = []
    verbatim: list[str] = []
    hidden: list[str] = []
    start, unclosed = 0, set()
    wikitext = re.sub("[\ufdd0-\ufdef\r]", "", wikitext)
    while found := _OPENING.search(wikitext, start):
        pieces.append(wikitext[start : found.start()])
        start, content = found.end(), ""
        name = (found[1] or "").lower()
        if not (found[2] or "").endswith("/"):
            closing = re.compile(rf"</{name}\s*>" if name else r"-->|\Z", re.IGNORECASE)
            # A name that is not closed from here on never is: it need not be looked for again.
            if name in unclosed or not (end := closing.search(wikitext, start)):
                unclosed.add(name)
                continue
            content, start = wikitext[start : end.start()], end.end()
        if name and (text := _shown(name, found[2], content)) is None:
            pieces.append(GONE)
            hidden.append(_COMMENT.sub("", content))
        elif name:
            mark = f"\ufdd0{len(verbatim)}\ufdd1" if text else EMPTY
            pieces.append(f"\n{mark}\n" if name == "pre" else mark)
            verbatim.append(text or "")
    text = _TRANSPARENT.sub("", "".join([*pieces, wikitext[start:]]))
    text = _SWITCH.sub(lambda found: found[0] if found[0] != found[0].upper() else "", text)
    text = _VARIANT.sub(lambda found: "" if found[1] in ("H", "T", "-") else found[2], text)
    text = _without_tables(_BAR.sub(r"\1|", _NO_TAG.sub("&lt;", text)), hidden)
    text = _without_unclosed(_without_unclosed(text, "{{", "}}", CUT), "[[", "]]", UNCLOSED_LINK)
    text = "\n".join(map(_without_quotes, text.split("\n")))
    return _TRIPLE.sub("&#91;", text), verbatim, "\n".join(hidden)


def character(entity: str) -> str:
    """What `&amp;` stands for; what stands for no character shows itself, as in MediaWiki."""
    text = html.unescape(entity)
    return text if text and not _NO_CHARACTER.search(text) else entity


def _shown(name: str, attributes: str, content: str) -> str | None:
    """What an element shows, or None."""
    if name == "math":
        return math_text(content)
    if name in ("chem", "ce"):
        return chemistry_text(content)
    if name == "maplink":
        label = re.search(r"""\btext\s*=\s*(["'])(.*?)\1""", attributes)
        return label and label[2]
    text = _ENTITY.sub(lambda found: character(found[0]), content)
    if name == "pre":
        return re.sub(r"\s*\n", "\n", re.sub("</?nowiki>", "", text)).strip("\n")
    # Code in a sentence; a block of it is none of an extract.
    is_code = name in ("source", "syntaxhighlight") and ("inline" in attributes or "\n" not in text)
    return re.sub(r"\s+", " ", text) if is_code or name == "nowiki" else None


def _without_tables(text: str, hidden: list[str]) -> str:
    lines, depth = [], 0
    for line in text.split("\n"):
        # A table that is never closed ends with its section.
        depth = 0 if _HEADING.match(line) else depth + bool(_TABLE_START.match(line))
        if depth:
            hidden.append(line)
            end = _TABLE_END.match(line)
            depth -= bool(end)
            line = "" if depth or not end else GONE + line[end.end() :]
        lines.append(line)
    return "\n".join(lines)


def _without_unclosed(text: str, opening: str, closing: str, mark: str) -> str:
    """The text with a mark for what the parser would look for the end of, again and again."""
    pieces, opened = re.split(f"({re.escape(opening)}|{re.escape(closing)})", text), []
    for number, piece in enumerate(pieces):
        if piece == opening:
            opened.append(number)
        elif piece == closing and opened:
            opened.pop()
    for number in opened:
        in_line = mark == CUT and pieces[number - 1][-1:] not in ("", "\n")
        pieces[number] = "" if in_line else mark
    return "".join(pieces)


def _without_quotes(line: str) -> str:
    """The line without the marks of bold and italic text, of which one may be an apostrophe."""
    runs = [(found.start(), len(found[0])) for found in _QUOTES.finditer(line)]
    kept = {start: length - 5 if length > 5 else int(length == 4) for start, length in runs}
    bold = [start for start, length in runs if length in (3, 4)]
    both = sum(length > 4 for _, length in runs)
    if bold and (len(bold) + both) % 2 and (len(runs) - len(bold)) % 2:
        words = [line[max(0, start - 2) : start].rpartition(" ")[2] for start in bold]
        best = min(range(len(bold)), key=lambda number: (len(words[number]) - 1) % 3)
        kept[bold[best]] += 1
    return _QUOTES.sub(lambda found: "'" * kept[found.start()], line)
