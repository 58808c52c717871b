"""The last pass over an article's plain text: what removed markup leaves behind.

A template that gives no text can leave brackets around nothing, a comma before a comma, or an empty
line; broken wikitext leaves marks that the parser took for words.
"""

import re

_REPLACEMENTS = tuple(
    (re.compile(pattern, flags), replacement)
    for pattern, replacement, flags in (
        # Markup that the parser could not pair, and the marks that only steer the layout.
        (r"__[A-Z]{3,}__", "", 0),
        (r"'''(?=s\b)", "'", 0),
        (r"'{2,}", "", 0),
        (r"</?(?:ref|references|br|small|big|div|span|center|sub|sup|table|tr|td|th|tbody|font|b|i"
         r"|u|s|p|li|ul|ol|nowiki|noinclude|onlyinclude|blockquote|gallery|code)\b[^<>\n]*>",
         "", re.IGNORECASE),
        (r"^ *(?:\{\||\|\}|\|-|\|(?!\|)).*$", "", re.MULTILINE),
        (r"\[\[(?:File|Image):[^\[\]\n]*", "", re.IGNORECASE),
        (r"\[\[(?:[^\[\]|\n]*\|)?|\]\]|\{\{|\}\}", "", 0),
        # Spaces of every width, and marks without any.
        (r"[\u00a0\u2002-\u200a\u202f\t]", " ", 0),
        (r"[\u00ad\u200b\u2060\ufeff]", "", 0),
        (r" {2,}", " ", 0),
        # Brackets around nothing, and punctuation that lost its word. No pattern begins with a
        # repetition without bound: on a text of nothing but spaces it would take quadratic time.
        (r"\( ?[,;:] ?", "(", 0),
        (r"(?:[ ,;:]| or| and){1,8}\)", ")", 0),
        (r" ?\((?:[ ,;:.|/–-]|\bor\b|\band\b){0,20}\)", "", 0),
        (r" ?(?:\[ ?\]|⟨ ?⟩)", "", 0),
        (r"(?<!\.)\.\.(?!\.)", ".", 0),
        (r": ?(?=,)", "", 0),
        (r"([,;])(?: ?[,;])+", r"\1", 0),
        (r" ([,;)])", r"\1", 0),
        (r" \.(?=\s|$)", ".", 0),
        (r"\( ", "(", 0),
        # Lines: none of punctuation alone, none that begins or ends with a space.
        (r"^ | $", "", re.MULTILINE),
        (r"^[,;:.•·*#–—|()-]+$", "", re.MULTILINE),
    )
)  # fmt: skip
_BLANK_LINES = re.compile(r"\n{2,}")
_HEADING = re.compile(r"\n(={2,6}) ([^\n]*?) ?\1(?=\n|$)")


def tidy(text: str) -> str:
    """The text with one line a paragraph, and two blank lines before each heading."""
    previous = ""
    # Removing one leftover can bring two others together: "( ; , )" needs more than one pass.
    while previous != text:
        previous = text
        for pattern, replacement in _REPLACEMENTS:
            text = pattern.sub(replacement, text)
    text = _BLANK_LINES.sub("\n", "\n" + text.strip())
    return _HEADING.sub(r"\n\n\n\1 \2 \1", text).strip()
