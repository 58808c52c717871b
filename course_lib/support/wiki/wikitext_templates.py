"""The words that templates put on the page: a table, tables.toml, and what needs arithmetic.

A dump holds `{{convert|10|km}}` in place of "10 km". A template that is not here (infobox, notice,
navigation, pronunciation) shows nothing.
"""

import re
from collections.abc import Callable

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
_UNIT = re.compile(
    r"(e3|e6|e9|e12|[kMGT](?=oilbbl|bbl|USgal|impgal|cuft))?((?:PD)?/)?(.+?)(/d)?", re.S
)
_MULTIPLES = {"e3": "thousand", "e6": "million", "e9": "billion", "e12": "trillion"}
_MULTIPLES |= {"k": "thousand", "M": "million", "G": "billion", "T": "trillion"}
_RANGES = {"-": "–", "–": "–", "x": " × ", "×": " × ", "+/-": " ± "}
_RANGES |= {word: f" {word} " for word in ("to", "and", "or", "by", "to about")}
Arguments = dict[str, str]


def template_text(name: str, arguments: Arguments) -> str | None:
    """What the template shows, or None where it is not known; `arguments` are plain text."""
    key, _, value = name.lower().partition(":")
    if value and key in ("formatnum", "lc", "uc", "ucfirst"):
        arguments = {"1": name.partition(":")[2].strip()}
    elif key.startswith("lang-"):
        key, arguments = "langx", {"1": key.removeprefix("lang-"), "2": arguments.get("1", "")}
    elif key.startswith("ipa-") and arguments.get("2") == "":
        key = "ipablink"  # a sound in a sentence; with more, it is how a name is read
    elif value:
        return None
    key = "cite" if key.startswith("cite ") else key
    for pattern in _PATTERNS[key].split("‖") if key in _PATTERNS else ():
        parts = [_filled(part, {"0": key} | arguments) for part in re.split("[⟦⟧]", pattern)]
        if None not in parts[::2]:  # the others are options
            return "".join(filter(None, parts)).lstrip(",;." if "⟦" in pattern else "")
    return None


def _filled(pattern: str, a: Arguments) -> str | None:
    """The pattern with its fields filled in, or None where one is missing."""
    fields = [_field(keys, kind, a) for keys, kind in _FIELD.findall(pattern)]
    return _FIELD.sub("%s", pattern.replace("%", "%%")) % tuple(fields) if all(fields) else None


def _field(keys: str, kind: str, a: Arguments) -> str | None:
    words = _positional(a)
    if keys.startswith("*"):
        return keys[1:].join(words)
    text = next(
        (a[key] for key in keys.split("|") if a.get(key)), words[-1] if keys == "-1" else ""
    )
    return _MADE[kind](text, a) if kind and text else text


def _positional(a: Arguments) -> list[str]:
    return [value for key, value in a.items() if key.isdigit() and key != "0"] or [""]


def _number(text: str) -> str:
    """With commas between its thousands, if it is a number."""
    digits = re.fullmatch(r"[-−]?([1-9]\d{3,30})(?:\.\d+)?", text)
    return text.replace(digits[1], f"{int(digits[1]):,}", 1) if digits else text


def _date(text: str, a: Arguments) -> str:
    month, day = a.get("2", "").lstrip("0"), a.get("3", "").lstrip("0")
    if month in map(str, range(1, 13)):
        month = _ENGLISH.months["format"]["wide"][int(month)]
    if day and a.get("df", "no").lower() in ("no", "n", "us"):
        return f"{month} {day}, {text}"
    return " ".join(filter(None, (day, month, text)))


def _as_of(text: str, a: Arguments) -> str:
    words = f"{'since' if a.get('since') else 'as of'} {_date(text, {'df': 'y'} | a)}"
    return words if a.get("lc") else words[0].upper() + words[1:]


def _years(text: str, a: Arguments) -> str:
    """How many years lie between two dates, of which the second may be the page's own."""
    parts = [a.get(str(number), "") for number in range(1, 7)]
    if not re.fullmatch("[0-9]{1,4}", parts[0]):
        return ""
    numbers = [int(part) if re.fullmatch("[0-9]{1,4}", part) else 1 for part in parts]
    last = numbers[3:] if parts[3] else [int(part) for part in a["now"].split("-")]
    first, last = sorted([numbers[:3], last])
    return str(last[0] - first[0] - (last[1:] < first[1:]))


def _age(text: str, a: Arguments) -> str:
    years = _years(text, {"1": text, "4": a.get("1", "1")})
    return f"{int(years) - 1}–{years}" if years else ""


def _density(text: str, a: Arguments) -> str:
    try:
        people, area = float(text.replace(",", "")), float(a["2"].replace(",", ""))
        return (
            f"{people / area:,.{int(a.get('prec', '0')[:1])}f} {_unit('/' + a['3'], several=True)}"
        )
    except (KeyError, ValueError, ZeroDivisionError):
        return ""


def _coordinates(text: str, a: Arguments) -> str:
    if a.get("display", "").startswith("t"):
        return ""
    words = re.findall(r"(?<![^|])(?:-?[\d.]+|[NSEW])(?![^|])", "|".join(_positional(a)))
    if len(words) == 2:
        north, east = words
        return f"{north.strip('-')}°{'NS'['-' in north]} {east.strip('-')}°{'EW'['-' in east]}"
    text, marks = "", "°′″"
    for word in words:
        ends = word in "NSEW"
        text, marks = text + word + (" " if ends else marks[:1]), "°′″" if ends else marks[1:]
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
    if "+".join([words[0], *words[2:3]]) in ("ft+in", "lb+oz", "st+lb", "mi+yd", "yd+ft"):
        text += f" {_amount(words[1])} {_unit(words[2], several=True)}"
    return text


def _amount(text: str) -> str:
    return re.sub("^-", "−", _number(text)).replace("+1/2", " 1/2")


def _unit(code: str, *, several: bool) -> str:
    found = _UNIT.fullmatch(code)
    multiple, per, code, daily = found.groups() if found else ("", "", code, "")
    ending = "" if several or multiple else "e?s"
    unit = re.sub(f"~{ending}", "", _UNITS.get(code, code)).replace("foots", "feet")
    unit = re.sub("(?<=[a-z])[23]$", lambda power: power[0].translate(SUPERSCRIPT), unit)
    return " ".join(
        filter(None, (per and "per", _MULTIPLES.get(multiple or ""), unit, daily and "per day"))
    )


_MADE: dict[str, Callable[[str, Arguments], str | None]] = {
    "date": _date, "as of": _as_of, "years": _years, "density": _density, "convert": _convert,
    "coordinates": _coordinates, "number": lambda text, a: _number(text),
    "raised": lambda text, a: text.translate(SUPERSCRIPT), "bare": lambda text, a: text.strip(" ."),
    "upper": lambda text, a: text.upper(), "lower": lambda text, a: text.lower(),
    "capital": lambda text, a: text[:1].upper() + text[1:],
    "ordinal": lambda text, a: text + (
        {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th") if text[-2:-1] != "1" else "th"),
    "age": _age,
    "language": lambda text, a: _LANGUAGES.get(text.partition("-")[0], ""),
    "gauge": lambda text, a: re.sub(r"^(\d)(\d{3})mm$", r"\1,\2 mm", text),
    "note": lambda text, a: {"flat": "♭", "sharp": "♯", "natural": "♮"}.get(text, ""),
    "shown": lambda text, a: "" if text in ("no", "n") else "".join(_positional(a)),
    "old order": lambda text, a: re.fullmatch("[a-z]{2,3}", text) and (a.get("3") or a.get("2")),
}  # fmt: skip
