"""The words that the templates of the English Wikipedia put on the page.

A dump holds articles as their authors wrote them, with `{{convert|10|km}}` in place of "10 km".
The templates whose words belong to the sentence are written out here, one line or one function
each; every other template (infobox, navigation, citation, notice, pronunciation) gives no text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from course_lib.support.wiki.wikitext_units import number_text, quantity_text

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
SUPERSCRIPT = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")

_LANGUAGES = {
    "af": "Afrikaans", "ar": "Arabic", "arc": "Aramaic", "az": "Azerbaijani", "be": "Belarusian",
    "ber": "Berber", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech",
    "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "eo": "Esperanto", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "ga": "Irish", "gl": "Galician", "grc": "Ancient Greek",
    "grc-gre": "Greek", "gsw": "Swiss German", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian",
    "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "is": "Icelandic", "it": "Italian",
    "ja": "Japanese", "ka": "Georgian", "ko": "Korean", "la": "Latin", "lt": "Lithuanian",
    "lv": "Latvian", "mk": "Macedonian", "ms": "Malay", "nl": "Dutch", "no": "Norwegian",
    "pap": "Papiamento", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sa": "Sanskrit", "sk": "Slovak", "sl": "Slovene", "sq": "Albanian",
    "sr": "Serbian", "sv": "Swedish", "ta": "Tamil", "th": "Thai", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "yi": "Yiddish", "zh": "Chinese",
}  # fmt: skip


@dataclass(frozen=True)
class TemplateCall:
    """A template as an article uses it; the arguments are plain text already."""

    name: str
    positional: list[str] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)

    def at(self, number: int) -> str:
        """The positional argument `number`, from 1, or the empty string."""
        return self.positional[number - 1] if number <= len(self.positional) else ""

    def last(self) -> str:
        """The last positional argument, or the empty string."""
        return self.positional[-1] if self.positional else ""


def has_text(name: str) -> bool:
    """Whether the template of this name, in lower case, puts words on the page."""
    return name in _TEXTS or name.startswith(("lang-", "formatnum:", "cite "))


def template_text(call: TemplateCall) -> str:
    """The words that a template for which `has_text` is true puts on the page."""
    if call.name.startswith("lang-"):
        language = _LANGUAGES.get(call.name.removeprefix("lang-"))
        return f"{language}: {call.at(1)}" if language else call.at(1)
    if call.name.startswith("formatnum:"):
        return number_text(call.name.removeprefix("formatnum:"))
    if call.name.startswith("cite "):
        return _citation(call)
    return _TEXTS[call.name](call)


def _date(year: str, month: str, day: str, *, day_first: bool) -> str:
    if month.isdigit() and 1 <= int(month) <= len(MONTHS):
        month = MONTHS[int(month) - 1]
    day = day.lstrip("0")
    if not day:
        return f"{month} {year}".strip()
    return f"{day} {month} {year}".strip() if day_first else f"{month} {day}, {year}"


def _day_first(call: TemplateCall) -> bool:
    return call.named.get("df", "").lower() in ("y", "yes", "1", "true")


def _date_template(call: TemplateCall) -> str:
    year, month, day = call.at(1), call.at(2), call.at(3)
    return _date(year, month, day, day_first=_day_first(call)) if month else year


def _old_style_date(call: TemplateCall) -> str:
    return f"{call.at(1)} [O.S. {call.at(3)}] {call.at(2)}"


def _as_of(call: TemplateCall) -> str:
    words = "since" if call.named.get("since") else "as of"
    if not call.named.get("lc"):
        words = words.capitalize()
    day_first = call.named.get("df", "").lower() != "us"
    date = _date(call.at(1), call.at(2), call.at(3), day_first=day_first)
    return call.named.get("alt") or f"{words} {date}"


def _fraction(call: TemplateCall) -> str:
    match call.positional:
        case [below]:
            return f"1/{below}"
        case [above, below]:
            return f"{above}/{below}"
        case [whole, above, below]:
            return f"{whole} {above}/{below}"
    return ""


def _value(call: TemplateCall) -> str:
    text = number_text(call.at(1))
    if call.at(2):
        text += f"±{call.at(2)}"
    if "e" in call.named:
        text += "×10" + call.named["e"].translate(SUPERSCRIPT)
    return f"{text} {call.named['u']}" if "u" in call.named else text


def _nihongo(call: TemplateCall) -> str:
    inside = ", ".join(word for word in (call.at(2), call.at(3)) if word)
    if not call.at(1):
        return inside
    return f"{call.at(1)} ({inside})" if inside else call.at(1)


def _interlanguage_link(call: TemplateCall) -> str:
    if re.fullmatch(r"[a-z]{2,3}", call.at(1)):
        return call.at(3) or call.at(2)
    return call.named.get("lt") or call.at(1)


def _sic(call: TemplateCall) -> str:
    return f"{''.join(call.positional)} [sic]" if call.positional else "[sic]"


def _ship(call: TemplateCall) -> str:
    return f"{call.name.upper()} {call.at(1)}"


def _quotation(call: TemplateCall) -> str:
    text = call.named.get("text") or call.named.get("quote") or call.named.get("1") or call.at(1)
    return f"\n{text.strip()}\n"


def _citation(call: TemplateCall) -> str:
    """A work in a list of literature: who, when, what, where."""
    named = call.named
    last, first = (named.get(f"{k}1") or named.get(k, "") for k in ("last", "first"))
    author = named.get("author") or named.get("author1") or ", ".join(filter(None, (last, first)))
    year = named.get("year") or named.get("date", "")
    title = named.get("title", "")
    place = named.get("journal") or named.get("work") or named.get("newspaper", "")
    who = f"{author} ({year})" if author and year else author or year
    parts = [who, title, place or named.get("publisher", "")]
    return ". ".join(part.strip(" .") for part in parts if part.strip(" .")) + "."


def _labelled(label: str) -> Callable[[TemplateCall], str]:
    return lambda call: f"{label} {call.at(1)}" if call.at(1) else ""


def _constant(text: str) -> Callable[[TemplateCall], str]:
    return lambda call: text


def _joined(call: TemplateCall) -> str:
    return "".join(call.positional)


def _first(call: TemplateCall) -> str:
    return call.at(1) or call.named.get("1", "")


def _second(call: TemplateCall) -> str:
    return call.at(2) or call.named.get("2", "")


def _spread(names: str, text: Callable[[TemplateCall], str]) -> dict[str, Callable]:
    return dict.fromkeys(names.split("|"), text)


_TEXTS: dict[str, Callable[[TemplateCall], str]] = {
    **_spread(
        "nowrap|nobr|small|smaller|big|larger|midsize|nobold|noitalic|normal|center"
        "|keypress|key|kbd|linktext|vanchor|visible anchor|longitem|abbr|tooltip|abbrlink|flag"
        "|flagcountry|mvar|math|var|code|mono|tt|samp|sub|not a typo|notatypo|as written|em|strong"
        "|unicode|strikethrough|pp.|nts|start-date|end-date|ws|bold|italic|nastaliq|hebrew"
        "|underline|okina|rtl|rtlspan|marriage|dfn|tq|dagger-text|mp|nuclide|harvtxt|singles",
        _first,
    ),
    **_spread(
        "lang|rtl-lang|script|color|font color|fontcolor|colored link|script/arabic", _second
    ),
    **_spread("transl|transliteration|resize|wikt-lang", TemplateCall.last),
    **_spread("chem|chem2|ce|angle bracket text", _joined),
    **_spread(
        "quote|quotation|bquote|blockquote|cquote|quotetext|poemquote|poem quote", _quotation
    ),
    **_spread("frac|sfrac|fraction", _fraction),
    **_spread(
        "convert|cvt",
        lambda call: quantity_text(call.positional, adjective="adj" in call.named),
    ),
    **_spread("as of|asof", _as_of),
    **_spread("nihongo|nihongo2|nihongo3", _nihongo),
    **_spread("ill|interlanguage link|link-interwiki", _interlanguage_link),
    **_spread("hms|uss|ss|rms|ms|hmas|ins|css|rfa", _ship),
    **_spread("birth date|birth date and age|bda|start date|start date and age", _date_template),
    **_spread("death date|death date and age|dda|end date|dts|film date", _date_template),
    **_spread("oldstyledate|old style date", _old_style_date),
    **_spread("ipa|ipalink|ipa link", _first),
    **_spread("ipablink|ipa block link", lambda call: f"[{call.at(1)}]"),
    **_spread("eqm", _constant(" ⇌ ")),
    **_spread("circa|c.|ca.", lambda call: f"c. {call.at(1)}".strip()),
    **_spread("ndash|en dash|–", _constant("–")),
    **_spread("mdash|em dash|mdashb|—", _constant("—")),
    **_spread("snd|snds|spnd|spndash|spaced ndash|spaced en dash", _constant(" – ")),
    **_spread("·|•|dot|middot|bull|bullet|dotb", _constant(" · ")),
    **_spread("nbsp|space|spaces|thinsp|thin space|hair space|spc", _constant(" ")),
    **_spread("extinct|dagger|†", _constant("†")),
    **_spread("sic|typo", _sic),
    **_spread("citation|vcite book", _citation),
    **_spread("sc|smallcaps", lambda call: call.at(1).upper()),
    "val": _value,
    "e": lambda call: "×10" + call.at(1).translate(SUPERSCRIPT),
    "sup": lambda call: call.at(1).translate(SUPERSCRIPT),
    "angbr": lambda call: f"⟨{call.at(1)}⟩",
    "gloss": lambda call: f"‘{call.at(1)}’",
    "simplenuclide2": lambda call: f"{call.at(1)}-{call.at(2)}",
    "nuclide2": lambda call: f"{call.at(1)}-{call.at(2)}",
    "fl.": _labelled("fl."),
    "reign": _labelled("r."),
    "r.": _labelled("r."),
    "isbn": _labelled("ISBN"),
    "issn": _labelled("ISSN"),
    "oclc": _labelled("OCLC"),
    "us$": lambda call: f"US${call.at(1)}",
    "usd": lambda call: f"US${call.at(1)}",
    "gbp": lambda call: f"£{call.at(1)}",
    "railgauge": lambda call: re.sub(r"^(\d)(\d{3})mm$", r"\1,\2 mm", call.at(1)),
    "music": lambda call: {"flat": "♭", "sharp": "♯", "natural": "♮"}.get(call.at(1), ""),
    "'": _constant("'"),
    "'s": _constant("'s"),
    "' \"": _constant("' \""),
    "\" '": _constant("\" '"),
    '-"': _constant('"'),
    "!": _constant("|"),
    "pipe": _constant("|"),
    "=": _constant("="),
    "ellipsis": _constant("…"),
    "...": _constant("…"),
    "plus or minus": _constant("±"),
}
