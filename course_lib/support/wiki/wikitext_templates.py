"""The words that templates put on the page: a table of them, and those that need arithmetic.

A dump holds `{{convert|10|km}}` in place of "10 km". A template that is not here (infobox, notice,
navigation, pronunciation) shows nothing.
"""

import re
from datetime import date

from course_lib.support.wiki.wikitext_math import SUPERSCRIPT

# What they show: {1} an argument, {a|b} the first that is there, {-1} the last, {*+} all with "+"
# between them, {0} the template's name; # puts commas, ^ raises, ! makes capitals.
_SHOWN = {
    "{1}": "nowrap|nobr|nobreak|no wrap|small|smaller|big|larger|large|midsize|nobold|noitalic|rtl"
    "|center|linktext|vanchor|visible anchor|longitem|abbr|tooltip|abbrlink|flag|flagcountry|flagu"
    "|math|mvar|var|code|mono|tt|samp|not a typo|notatypo|as written|em|strong|unicode|normal|pp.|i"
    "|strikethrough|start-date|end-date|ws|bold|italic|nastaliq|hebrew|underline|okina|rtlspan|dfn"
    "|tq|mp|nuclide|dagger-text|char|singles|iast|nq|ipalink|ipa link|serif|marriage|sub|b|u",
    "{2}": "lang|rtl-lang|script|color|font color|fontcolor|colored link|script/arabic|colour",
    "{2|1}": "w|inflation|sort", "{-1}": "transl|transliteration|wikt-lang|resize",
    "{*}": "chem|chem2|ce|angle bracket text|gaps", "{*+}": "key press|keypress|key|kbd",
    "\n{text|quote|1}\n": "quote|quotation|bquote|blockquote|cquote|quotetext|poemquote|poem quote",
    "[{1}]": "ipablink|ipa block link|bracket", "/{1}/": "ipaslink", "⟨{1}⟩": "angbr|angbr ipa|vr",
    "‘{1}’": "gloss", "√{1}": "sqrt|radic", "{1#}": "format price|nts|number|num", "{1^}": "sup",
    "×10{1^}": "e|10^", "{1!}": "sc|smallcaps|small caps", "{1}-class {2}": "sclass|sclass2|sclass-",
    "{1}-{2}": "simplenuclide2|nuclide2", "{1} {2}": "sortname|bibleref|bibleverse",
    "{0!} {1}": "hms|uss|ss|rms|ms|hmas|hmcs|ins|css|rfa|mv|sms|usns|isbn|issn|oclc",
    "{1} ({-1})": "harvtxt", "c. {1}": "circa|c.|ca.", "fl. {*–}": "fl.|floruit", "vol. {1}": "vol.",
    "r. {*–}": "reign|r.", "b. {1}": "b.|born", "d. {1}": "d.|died", "US${1}": "us$|usd",
    "£{1}": "gbp|£", "€{1}": "€|eur|euro", "₹{1}": "inr|₹|indian rupee", "¥{1}": "jpy|¥|cny|yen",
    "A${1}": "aud|a$", "C${1}": "cad|c$", "U.S. Patent {1#}": "us patent", "Rule {1} PCT": "pct rule",
    "Article {1} EPC": "epc article", "Rule {1} EPC": "epc rule", "Rule {1} EPC 1973": "epc 1973 rule",
    "{1} [O.S. {3}] {2}": "oldstyledate|old style date", "{upper}/{lower}": "dentalformula",
    "'": "'", "'s": "'s", "' \"": "' \"", "\" '": "\" '", '"': '-"', "–": "ndash|en dash|–", "=": "=",
    "—": "mdash|em dash|mdashb|—", " – ": "snd|snds|spnd|spndash|spaced ndash|spaced en dash",
    " · ": "·|•|dot|middot|bull|bullet|dotb", "…": "ellipsis|...", "|": "!|pipe", "†": "extinct|†|dagger",
    " ": "nbsp|space|spaces|thinsp|thin space|hair space|spc", "±": "plus or minus|±", "×": "times",
    " ⇌ ": "eqm", "π": "pi", "C": "carbon", "H": "hydrogen", "O": "oxygen", "N": "nitrogen",
}  # fmt: skip
_PATTERNS = {name: pattern for pattern, names in _SHOWN.items() for name in names.split("|")}
_FIELD = re.compile(r"\{([^{}]+?)([#^!]?)\}")
_LANGUAGES = dict(item.split("=") for item in (
    "af=Afrikaans|ar=Arabic|az=Azerbaijani|be=Belarusian|ber=Berber|bg=Bulgarian|bn=Bengali|ca=Catalan"
    "|cs=Czech|cy=Welsh|da=Danish|de=German|el=Greek|en=English|eo=Esperanto|es=Spanish|et=Estonian"
    "|eu=Basque|fa=Persian|fi=Finnish|fr=French|ga=Irish|gl=Galician|grc=Ancient Greek|grc-gre=Greek"
    "|he=Hebrew|hi=Hindi|hr=Croatian|hu=Hungarian|hy=Armenian|id=Indonesian|is=Icelandic|it=Italian"
    "|ja=Japanese|ka=Georgian|ko=Korean|la=Latin|lt=Lithuanian|lv=Latvian|mk=Macedonian|ms=Malay"
    "|nl=Dutch|no=Norwegian|pl=Polish|pt=Portuguese|ro=Romanian|ru=Russian|sa=Sanskrit|sk=Slovak"
    "|sl=Slovene|sq=Albanian|sr=Serbian|sv=Swedish|ta=Tamil|th=Thai|tr=Turkish|uk=Ukrainian|ur=Urdu"
    "|vi=Vietnamese|yi=Yiddish|zh=Chinese"
).split("|"))  # fmt: skip
_SCRIPTS = {"c": "Chinese", "s": "simplified Chinese", "t": "traditional Chinese", "p": "pinyin"}
_MONTHS = "January February March April May June July August September October November December"
# One, and after a "~" the end of several; a "~" within, their own word.
_UNITS = dict(item.split("=") for item in (
    "C=°C|F=°F|C-change=°C|F-change=°F|km2=km²|m2=m²|cm2=cm²|sqkm=km²|sqm=m²|sqmi=sq mi|sqft=sq ft"
    "|km3=km³|m3=m³|cm3=cm³|cuft=cubic feet|cumi=cu mi|kph=km/h|kmh=km/h|nmi=nautical mile~nautical miles"
    "|acre=acre~acres|in=inch~inches|carat=carat~carats|impgal=imperial gallon~imperial gallons"
    "|USgal=US gallon~US gallons|oilbbl=barrel~barrels|bbl=barrel~barrels|LT=long ton~long tons"
    "|ST=short ton~short tons|t=tonne~tonnes|g/cm3=g/cm³|kg/m3=kg/m³|mi=mile~miles|ft=foot~feet"
    "|lb=pound~pounds|oz=ounce~ounces|yd=yard~yards|mph=mile per hour~miles per hour|/km2=per km²"
    "|/sqmi=per sq mi|PD/km2=per km²|PD/sqmi=per sq mi"
).split("|"))  # fmt: skip
_MULTIPLES = dict(
    zip("e3 e6 e9 e12 k M G T".split(), 2 * "thousand million billion trillion".split())
)
_MULTIPLE = re.compile(r"(e3|e6|e9|e12|[kMGT](?=oilbbl|bbl|USgal|impgal|cuft))(.+)")
_RANGES = {"-": "–", "–": "–", "by": " by ", "x": " × ", "×": " × ", "+/-": " ± ", "to(-)": " to "}
_RANGES |= {word: f" {word} " for word in ("to", "and", "or", "to about")}
_SUBUNITS = ("ft in", "lb oz", "st lb", "mi yd", "yd ft")

Arguments = dict[str, str]


def template_text(name: str, arguments: Arguments) -> str | None:
    """What the template shows, or None where it is not known; `arguments` are plain text."""
    key, _, value = name.partition(":")
    key = key.lower()
    if key in _FUNCTIONS and value:
        return _FUNCTIONS[key](value.strip())
    key = name.lower()
    given = {"0": key} | arguments
    if key.startswith("lang-"):
        return _language({"1": key.removeprefix("lang-"), "2": given.get("1", "")})
    if key.startswith("ipa-"):  # a sound in a sentence; with more, the reading of a name
        return f"[{given['1']}]" if given.get("1") and given.get("2") == "" else None
    if key.startswith("cite "):
        return _citation(given)
    if key in _CALCULATED:
        return _CALCULATED[key](given)
    return _filled(_PATTERNS[key], given) if key in _PATTERNS else None


def _positional(a: Arguments) -> list[str]:
    return [value for key, value in a.items() if key.isdigit() and key != "0"]


def _filled(pattern: str, a: Arguments) -> str:
    def field(found: re.Match[str]) -> str:
        words = _positional(a) or [""]
        if found[1].startswith("*"):
            return found[1][1:].join(words)
        text = words[-1] if found[1] == "-1" else _first(a, *found[1].split("|"))
        match found[2]:
            case "#":
                return _number(text)
            case "^":
                return text.translate(SUPERSCRIPT)
            case "!":
                return text.upper()
        return text

    return _FIELD.sub(field, pattern)


def _first(a: Arguments, *keys: str) -> str:
    return next((a[key] for key in keys if a.get(key)), "")


def _number(text: str) -> str:
    """The number with commas between its thousands, or the text as it is."""
    digits = re.fullmatch(r"([-−]?)(\d{4,})((?:\.\d+)?)", text.strip())
    return f"{digits[1]}{int(digits[2]):,}{digits[3]}" if digits else text.strip()


def _date(a: Arguments, start: int = 1, *, day_first: bool = False) -> str:
    year, month, day = (a.get(str(start + place), "").lstrip("0") for place in range(3))
    if month.isdigit() and 1 <= int(month) <= 12:
        month = _MONTHS.split()[int(month) - 1]
    if day and not (day_first or a.get("df", "").lower() in ("y", "yes", "1", "true")):
        return f"{month} {day}, {year}"
    return " ".join(filter(None, (day, month, year)))


def _years(a: Arguments, born: int, died: int) -> int:
    """How many years lie between two dates; without the second, until today."""
    first, second = (
        [int(part) if part.isdigit() else 1 for part in (a.get(str(n + i), "") for i in range(3))]
        for n in (born, died)
    )
    if not a.get(str(died)):
        today = date.today()
        second = [today.year, today.month, today.day]
    return second[0] - first[0] - (second[1:] < first[1:])


def _age(a: Arguments) -> str:
    return str(_years(a, 1, 4))


def _death(a: Arguments) -> str:
    return f"{_date(a)} (aged {_years(a, 4, 1)})" if a.get("4") else _date(a)


def _death_year(a: Arguments) -> str:
    died, born = _first(a, "1"), _first(a, "2")
    age = int(died) - int(born) if died.isdigit() and born.isdigit() else 0
    return f"{died} (aged {age - 1}–{age})" if age else died


def _as_of(a: Arguments) -> str:
    words = "since" if a.get("since") else "as of"
    text = f"{words} {_date(a, day_first=a.get('df', '').lower() != 'us')}"
    return a.get("alt") or (text if a.get("lc") else text[0].upper() + text[1:])


def _fraction(a: Arguments) -> str:
    *whole, below = _positional(a) or [""]
    return " ".join([*whole[:-1], f"{whole[-1] if whole else 1}/{below}"])


def _ordinal(a: Arguments) -> str:
    text = _first(a, "1")
    ending = {"1": "st", "2": "nd", "3": "rd"}.get(text[-1:], "th")
    return text + ("th" if text[-2:-1] == "1" else ending)


def _value(a: Arguments) -> str:
    text = _first(a, "1") + (f"±{a['2']}" if a.get("2") else "")
    text += f"×10{a['e'].translate(SUPERSCRIPT)}" if a.get("e") else ""
    return f"{text} {_first(a, 'u', 'ul')}"


def _density(a: Arguments) -> str:
    try:
        people, area = (float(a[key].replace(",", "")) for key in "12")
        return f"{people / area:,.{int(a.get('prec') or 0)}f} {_unit('/' + a['3'], several=True)}"
    except (KeyError, ValueError, ZeroDivisionError):
        return ""


def _language(a: Arguments) -> str:
    language, text = _LANGUAGES.get(_first(a, "1")), _first(a, "2", "text")
    return f"{language}: {text}" if language and text else text


def _sound(a: Arguments) -> str:
    language = _LANGUAGES.get(_first(a, "1"), "")
    return f"{language} pronunciation: [{a['2']}]".strip() if a.get("2") else _first(a, "1")


def _chinese(a: Arguments) -> str:
    return "; ".join(
        f"{_SCRIPTS[key]}: {text}" for key, text in a.items() if key in _SCRIPTS and text
    )


def _nihongo(a: Arguments) -> str:
    inside = ", ".join(filter(None, (a.get("2"), a.get("3"))))
    return f"{a['1']} ({inside})" if a.get("1") and inside else _first(a, "1") or inside


def _interlanguage(a: Arguments) -> str:
    is_code = re.fullmatch(r"[a-z]{2,3}", _first(a, "1"))  # the order of its first years
    return _first(a, "lt", "3", "2") if is_code else _first(a, "lt", "1")


def _sic(a: Arguments) -> str:
    text = "".join(_positional(a))
    return text if a.get("hide", "no") not in ("no", "n") else f"{text} [sic]".strip()


def _coordinates(a: Arguments) -> str:
    if a.get("display", "").startswith("t"):
        return ""
    words = [word for word in _positional(a) if re.fullmatch(r"-?[\d.]+|[NSEW]", word)]
    if not {"N", "S"} & set(words) and len(words) == 2:
        north, east = (float(word) for word in words)
        return f"{abs(north)}°{'SN'[north >= 0]} {abs(east)}°{'WE'[east >= 0]}"
    text, marks = "", iter("°′″")
    for word in words:
        text += f"{word}{next(marks, '')}" if word not in "NSEW" else f"{word} "
        marks = iter("°′″") if word in "NSEW" else marks
    return text


def _citation(a: Arguments) -> str:
    """A work in a list of literature: who, when, what, where."""
    name = ", ".join(filter(None, (_first(a, "last1", "last"), _first(a, "first1", "first"))))
    who, year = _first(a, "author", "author1") or name, _first(a, "year", "date")
    place = _first(a, "journal", "work", "newspaper", "publisher")
    parts = [f"{who} ({year})" if who and year else who or year, _first(a, "title"), place]
    return ". ".join(part.strip(" .") for part in parts if part.strip(" .")) + "."


def _convert(a: Arguments) -> str:
    """The quantity as it was measured, without the converted one."""
    words = _positional(a)
    if len(words) < 2:
        return "".join(words)
    text, position = _amount(words[0]), 1
    while position + 1 < len(words) and words[position] in _RANGES:
        text += _RANGES[words[position]] + _amount(words[position + 1])
        position += 2
    unit, *more = words[position:] or [""]
    if "adj" in a:
        return f"{text}-{_unit(unit, several=False)}"
    several = position > 1 or not re.fullmatch(r"1|\d/\d+", words[0])
    text = f"{text} {_unit(unit, several=several)}"
    if f"{unit} {more[1] if len(more) > 1 else ''}" in _SUBUNITS:
        text += f" {_amount(more[0])} {_unit(more[1], several=True)}"
    return text


def _amount(text: str) -> str:
    return re.sub("^-", "−", _number(text)).replace("+1/2", " 1/2")


def _unit(code: str, *, several: bool) -> str:
    code, day, _ = code.partition("/d")
    multiple = _MULTIPLE.fullmatch(code)
    code = multiple[2] if multiple else code
    one, _, many = _UNITS.get(code, code).partition("~")
    text = many if several and many else one
    return f"{_MULTIPLES[multiple[1]] + ' ' if multiple else ''}{text}{' per day' if day else ''}"


_CALCULATED = {name: function for names, function in (
    ("convert|cvt", _convert), ("val", _value), ("frac|sfrac|fraction", _fraction), ("zh", _chinese),
    ("as of|asof", _as_of), ("nihongo|nihongo2|nihongo3", _nihongo), ("sic|typo", _sic),
    ("ill|interlanguage link|link-interwiki", _interlanguage), ("langx", _language), ("ipa", _sound),
    ("birth date|birth date and age|bda|start date|start date and age|dts|film date|end date", _date),
    ("death date", _date), ("death date and age|dda", _death), ("age|age in years", _age),
    ("death year and age", _death_year), ("ordinal", _ordinal), ("coord", _coordinates),
    ("pop density|population density", _density), ("citation|vcite book", _citation),
    ("railgauge|track gauge", lambda a: re.sub(r"^(\d)(\d{3})mm$", r"\1,\2 mm", _first(a, "1"))),
    ("music", lambda a: {"flat": "♭", "sharp": "♯", "natural": "♮"}.get(_first(a, "1"), "")),
) for name in names.split("|")}  # fmt: skip
_FUNCTIONS = {
    "formatnum": _number,
    "lc": str.lower,
    "uc": str.upper,
    "ucfirst": lambda text: text[:1].upper() + text[1:],
    "lcfirst": lambda text: text[:1].lower() + text[1:],
}
