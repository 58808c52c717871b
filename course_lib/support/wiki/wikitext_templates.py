"""The words that templates put on the page: a table of them, and those that need arithmetic.

A dump holds `{{convert|10|km}}` in place of "10 km". A template that is not here (infobox, notice,
navigation, pronunciation) shows nothing.
"""

import re
from collections.abc import Callable
from datetime import date

from babel import Locale

from course_lib.support.wiki.wikitext_math import SUPERSCRIPT

# What they show. Of several patterns, between "‖", the first whose fields are all given; ⟦what⟧ is
# left out if its field is not. {1} is an argument, {a|b} the first that is given, {-1} the last,
# {*+} all with "+" between them, {0} the template's name; after a colon stands what is made of it.
_SHOWN = {
    "{1}": "nowrap|nobr|nobreak|no wrap|small|smaller|big|larger|large|midsize|nobold|noitalic|rtl|u"
    "|center|linktext|vanchor|visible anchor|longitem|abbr|tooltip|abbrlink|flag|flagcountry|flagu|b"
    "|math|mvar|var|code|mono|tt|samp|not a typo|notatypo|as written|em|strong|unicode|normal|pp.|ws"
    "|strikethrough|start-date|end-date|bold|italic|nastaliq|hebrew|underline|okina|rtlspan|dfn|tq|i"
    "|mp|nuclide|dagger-text|char|singles|iast|nq|ipalink|ipa link|serif|marriage|sub|birth year",
    "{2}": "lang|rtl-lang|script|color|font color|fontcolor|colored link|script/arabic|colour",
    "{2}‖{1}": "w|inflation|sort", "{-1}": "transl|transliteration|wikt-lang|resize",
    "{*}": "chem|chem2|ce|angle bracket text|gaps", "{*+}": "key press|keypress|key|kbd",
    "\n{text|quote|1}\n": "quote|quotation|bquote|blockquote|cquote|quotetext|poemquote|poem quote",
    "[{1}]": "ipablink|ipa block link|bracket", "/{1}/": "ipaslink", "⟨{1}⟩": "angbr|angbr ipa|vr",
    "‘{1}’": "gloss", "√{1}": "sqrt|radic", "{1:number}": "format price|nts|number|formatnum",
    "{1:raised}": "sup", "×10{1:raised}": "e|10^", "{1:upper}": "sc|smallcaps|small caps|uc",
    "{1:lower}": "lc", "{1:ordinal}": "ordinal", "{1}-class {2}": "sclass|sclass2|sclass-",
    "{1}-{2}": "simplenuclide2|nuclide2", "{1} {2}": "sortname|bibleref|bibleverse",
    "{0:upper} {1}": "hms|uss|ss|rms|ms|hmas|hmcs|ins|css|rfa|mv|sms|usns|isbn|issn|oclc",
    "{1} ({-1})": "harvtxt", "c. {1}‖c.": "circa|c.|ca.", "fl. {*–}": "fl.|floruit",
    "r. {*–}": "reign|r.", "b. {1}": "b.|born", "d. {1}": "d.|died", "vol. {1}": "vol.",
    "US${1}": "us$|usd", "£{1}": "gbp|£", "€{1}": "€|eur|euro", "₹{1}": "inr|₹|indian rupee",
    "¥{1}": "jpy|¥|cny|yen", "A${1}": "aud|a$", "C${1}": "cad|c$", "{upper}/{lower}": "dentalformula",
    "U.S. Patent {1:number}": "us patent", "Rule {1} PCT": "pct rule", "Rule {1} EPC": "epc rule",
    "Article {1} EPC": "epc article", "Rule {1} EPC 1973": "epc 1973 rule", "{1:years}": "age",
    "{1} [O.S. {3}] {2}": "oldstyledate|old style date", "{1:convert}": "convert|cvt",
    "{1:date}": "birth date|birth date and age|bda|start date|start date and age|dts|film date"
    "|death date|end date", "{1:date}⟦ (aged {4:years})⟧": "death date and age|dda",
    "{1}⟦ (aged {2:age})⟧": "death year and age", "{alt}‖{1:as of}": "as of|asof",
    "{1} {2}/{3}‖{1}/{2}‖1/{1}": "frac|sfrac|fraction", "{1:language}: {2}‖{2}": "langx",
    "{1:language} pronunciation: [{2}]‖{1}": "ipa", "⟦Chinese: {c|s|t}⟧⟦; pinyin: {p}⟧": "zh",
    "{hide:shown}‖{*} [sic]‖[sic]": "sic|typo", "{1}⟦±{2}⟧⟦×10{e:raised}⟧⟦ {u|ul}⟧": "val",
    "{1} ({2}, {3})‖{1} ({2|3})‖{1}‖{2}, {3}‖{2|3}": "nihongo|nihongo2|nihongo3",
    "{lt}‖{1:old order}‖{1}": "ill|interlanguage link|link-interwiki", "{1:density}": "pop density",
    "⟦{author|author1|last1|last}⟧⟦, {first1|first}⟧⟦ ({year|date})⟧⟦. {title:bare}⟧"
    "⟦. {journal|work|newspaper|publisher:bare}⟧.": "cite|citation|vcite book",
    "{1:coordinates}": "coord", "{1:gauge}": "railgauge|track gauge", "{1:note}": "music",
    "'": "'", "'s": "'s", "' \"": "' \"", "\" '": "\" '", '"': '-"', "–": "ndash|en dash|–", "=": "=",
    "—": "mdash|em dash|mdashb|—", " – ": "snd|snds|spnd|spndash|spaced ndash|spaced en dash",
    " · ": "·|•|dot|middot|bull|bullet|dotb", "…": "ellipsis|...", "|": "!|pipe", "×": "times",
    " ": "nbsp|space|spaces|thinsp|thin space|hair space|spc", "±": "plus or minus|±", " ⇌ ": "eqm",
    "π": "pi", "†": "extinct|†|dagger", "C": "carbon", "H": "hydrogen", "O": "oxygen", "N": "nitrogen",
}  # fmt: skip
_PATTERNS = {name: pattern for pattern, names in _SHOWN.items() for name in names.split("|")}
_FIELD = re.compile(r"\{([^{}:]+):?([^{}]*)\}")
_ENGLISH = Locale("en")
_LANGUAGES = {**_ENGLISH.languages, "ber": "Berber", "nah": "Nahuatl"}
_UNITS = dict(item.split("=") for item in (
    "C=°C|F=°F|C-change=°C|F-change=°F|km2=km²|m2=m²|cm2=cm²|sqkm=km²|sqm=m²|sqmi=sq mi|sqft=sq ft"
    "|km3=km³|m3=m³|cm3=cm³|cuft=cubic feet|cumi=cu mi|kph=km/h|kmh=km/h|nmi=nautical mile~s|t=tonne~s"
    "|acre=acre~s|in=inch~es|carat=carat~s|impgal=imperial gallon~s|USgal=US gallon~s|oilbbl=barrel~s"
    "|LT=long ton~s|ST=short ton~s|g/cm3=g/cm³|kg/m3=kg/m³|mi=mile~s|ft=foot~s|lb=pound~s|oz=ounce~s|yd=yard~s"
    "|bbl=barrel~s|mph=miles per hour|/km2=per km²|/sqmi=per sq mi|PD/km2=per km²|PD/sqmi=per sq mi"
).split("|"))  # fmt: skip
_MULTIPLE = re.compile(
    r"(e3|e6|e9|e12|[kMGT](?=oilbbl|bbl|USgal|impgal|cuft))?(.+?)(/d)?", re.DOTALL
)
_MULTIPLES = {"e3": "thousand", "e6": "million", "e9": "billion", "e12": "trillion"}
_MULTIPLES |= {"k": "thousand", "M": "million", "G": "billion", "T": "trillion"}
_RANGES = {"-": "–", "–": "–", "x": " × ", "×": " × ", "+/-": " ± "}
_RANGES |= {word: f" {word} " for word in ("to", "and", "or", "by", "to about")}
_SUBUNITS = ("ft+in", "lb+oz", "st+lb", "mi+yd", "yd+ft")
Arguments = dict[str, str]


def template_text(name: str, arguments: Arguments) -> str | None:
    """What the template shows, or None where it is not known; `arguments` are plain text."""
    key, _, value = name.lower().partition(":")
    if value and key in ("formatnum", "lc", "uc"):
        arguments = {"1": name.partition(":")[2].strip()}
    elif key.startswith("lang-"):
        key, arguments = "langx", {"1": key.removeprefix("lang-"), "2": arguments.get("1", "")}
    elif key.startswith("ipa-") and arguments.get("2") == "":
        key = "ipablink"  # a sound in a sentence; with more, it is how a name is read
    elif value:
        return None
    key = "cite" if key.startswith("cite ") else key
    given = {"0": key} | arguments
    for pattern in _PATTERNS[key].split("‖") if key in _PATTERNS else ():
        parts = [_filled(part, given) for part in re.split("[⟦⟧]", pattern)]
        if None not in parts[::2]:  # the others are options
            return "".join(filter(None, parts)).lstrip(",;." if "⟦" in pattern else "")
    return None


def _filled(pattern: str, a: Arguments) -> str | None:
    """The pattern with its fields filled in, or None where one is missing."""
    fields = [_field(keys, kind, a) for keys, kind in _FIELD.findall(pattern)]
    return None if None in fields else _FIELD.sub("%s", pattern.replace("%", "%%")) % tuple(fields)


def _field(keys: str, kind: str, a: Arguments) -> str | None:
    words = _positional(a)
    if keys.startswith("*"):
        return keys[1:].join(words) or None
    text = words[-1] if keys == "-1" and words else ""
    text = next((a[key] for key in keys.split("|") if a.get(key)), text)
    return (_CONVERSIONS[kind](text, a) if kind else text) or None if text else None


def _positional(a: Arguments) -> list[str]:
    return [value for key, value in a.items() if key.isdigit() and key != "0"]


def _number(text: str, a: Arguments) -> str:
    digits = re.fullmatch(r"[-−]?(\d{4,})((?:\.\d+)?)", text)
    return text.replace(digits[1], f"{int(digits[1]):,}", 1) if digits else text


def _date(text: str, a: Arguments) -> str:
    month, day = a.get("2", "").lstrip("0"), a.get("3", "").lstrip("0")
    month = (
        _ENGLISH.months["format"]["wide"][int(month)] if month in map(str, range(1, 13)) else month
    )
    if day and a.get("df", "no").lower() in ("no", "n", "us"):
        return f"{month} {day}, {text}"
    return " ".join(filter(None, (day, month, text)))


def _as_of(text: str, a: Arguments) -> str:
    words = f"{'since' if a.get('since') else 'as of'} {_date(text, {'df': 'y'} | a)}"
    return words if a.get("lc") else words[0].upper() + words[1:]


def _years(text: str, a: Arguments) -> str:
    """How many years lie between the dates in 1 to 3 and 4 to 6 (or today), whichever is first."""
    today = date.today()
    dates = [
        [int(part) if (part := a.get(str(n + i), "")).isdigit() else 1 for i in range(3)]
        for n in (1, 4)
    ]
    first, last = sorted(dates if a.get("4") else (dates[0], [today.year, today.month, today.day]))
    return str(last[0] - first[0] - (last[1:] < first[1:]))


def _age(text: str, a: Arguments) -> str:
    died = a.get("1", "")
    years = int(died) - int(text) if died.isdigit() and text.isdigit() else 0
    return f"{years - 1}–{years}" if years else ""


def _ordinal(text: str, a: Arguments) -> str:
    ending = {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th")
    return text + ("th" if text[-2:-1] == "1" else ending)


def _density(text: str, a: Arguments) -> str:
    try:
        people, area = float(text.replace(",", "")), float(a["2"].replace(",", ""))
        return f"{people / area:,.{int(a.get('prec', 0))}f} {_unit('/' + a['3'], several=True)}"
    except (KeyError, ValueError, ZeroDivisionError):
        return ""


def _coordinates(text: str, a: Arguments) -> str:
    words = [word for word in _positional(a) if re.fullmatch(r"-?[\d.]+|[NSEW]", word)]
    if a.get("display", "").startswith("t"):
        return ""
    if len(words) == 2:
        words = [
            words[0].strip("-"),
            "NS"["-" in words[0]],
            words[1].strip("-"),
            "EW"["-" in words[1]],
        ]
    text, marks = "", "°′″"
    for word in words:
        text, marks = (
            (f"{text}{word} ", "°′″") if word in "NSEW" else (text + word + marks[:1], marks[1:])
        )
    return text.strip()


def _convert(text: str, a: Arguments) -> str:
    """The quantity as it was measured, without the converted one."""
    words = _positional(a)
    several, text, words = not re.fullmatch(r"1|\d/\d+", words[0]), _amount(words[0]), words[1:]
    while len(words) > 1 and (between := words[0].replace("(-)", "")) in _RANGES:
        several, text, words = True, f"{text}{_RANGES[between]}{_amount(words[1])}", words[2:]
    if not words or "adj" in a:
        return "-".join(
            [text, *(_unit(word, several=False).replace(" ", "-") for word in words[:1])]
        )
    text += f" {_unit(words[0], several=several)}"
    if f"{words[0]}+{''.join(words[2:3])}" in _SUBUNITS:
        text += f" {_amount(words[1])} {_unit(words[2], several=True)}"
    return text


def _amount(text: str) -> str:
    return re.sub("^-", "−", _number(text, {})).replace("+1/2", " 1/2")


def _unit(code: str, *, several: bool) -> str:
    multiple, code, daily = _MULTIPLE.fullmatch(code or " ").groups()
    one, _, ending = _UNITS.get(code, code).partition("~")
    unit = (one + ending if several or multiple else one).replace("foots", "feet")
    return " ".join(filter(None, (_MULTIPLES.get(multiple), unit, daily and "per day")))


_CONVERSIONS: dict[str, Callable[[str, Arguments], str]] = {
    "number": _number, "date": _date, "as of": _as_of, "years": _years, "age": _age,
    "ordinal": _ordinal, "density": _density, "coordinates": _coordinates, "convert": _convert,
    "raised": lambda text, a: text.translate(SUPERSCRIPT), "upper": lambda text, a: text.upper(),
    "lower": lambda text, a: text.lower(), "bare": lambda text, a: text.strip(" ."),
    "language": lambda text, a: _LANGUAGES.get(text.partition("-")[0], ""),
    "gauge": lambda text, a: re.sub(r"^(\d)(\d{3})mm$", r"\1,\2 mm", text),
    "note": lambda text, a: {"flat": "♭", "sharp": "♯", "natural": "♮"}.get(text, ""),
    "shown": lambda text, a: "" if text in ("no", "n") else "".join(_positional(a)),
    "old order": lambda text, a: re.fullmatch("[a-z]{2,3}", text) and (a.get("3") or a.get("2")),
}  # fmt: skip
