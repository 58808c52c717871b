"""The words that templates put on the page: a table, tables.toml, and what needs arithmetic.

A dump holds `{{convert|10|km}}` in place of "10 km". A template that is not here (infobox, notice,
navigation, pronunciation) shows nothing.
"""

import re
from collections.abc import Callable
from datetime import date

from babel import Locale

from course_lib.support.wiki.title import TABLES
from course_lib.support.wiki.wikitext_math import SUPERSCRIPT

_PATTERNS = {
    name: pattern for pattern, names in TABLES["shown"].items() for name in names.split("|")
}
_FIELD = re.compile(r"\{([^{}:]+):?([^{}]*)\}")
_ENGLISH = Locale("en")
_LANGUAGES = {**_ENGLISH.languages, "ber": "Berber", "nah": "Nahuatl"}
_UNITS: dict[str, str] = TABLES["units"]
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
    found = _MULTIPLE.fullmatch(code)
    multiple, code, daily = found.groups() if found else ("", code, "")
    one, _, ending = _UNITS.get(code, code).partition("~")
    unit = (one + ending if several or multiple else one).replace("foots", "feet")
    return " ".join(filter(None, (_MULTIPLES.get(multiple or ""), unit, daily and "per day")))


_CONVERSIONS: dict[str, Callable[[str, Arguments], str]] = {
    "number": _number, "date": _date, "as of": _as_of, "years": _years, "age": _age,
    "ordinal": _ordinal, "density": _density, "coordinates": _coordinates, "convert": _convert,
    "raised": lambda text, a: text.translate(SUPERSCRIPT), "upper": lambda text, a: text.upper(),
    "lower": lambda text, a: text.lower(), "bare": lambda text, a: text.strip(" ."),
    "language": lambda text, a: _LANGUAGES.get(text.partition("-")[0], ""),
    "gauge": lambda text, a: re.sub(r"^(\d)(\d{3})mm$", r"\1,\2 mm", text),
    "note": lambda text, a: {"flat": "♭", "sharp": "♯", "natural": "♮"}.get(text, ""),
    "shown": lambda text, a: "" if text in ("no", "n") else "".join(_positional(a)),
    "old order": lambda text, a: (a.get("3") or a.get("2", ""))
    if re.fullmatch("[a-z]{2,3}", text) else "",
}  # fmt: skip
