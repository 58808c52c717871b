"""Quantities in an article's sentences: numbers, ranges and the names of units."""

import re

_UNITS = {
    "C": "°C", "F": "°F", "C-change": "°C", "F-change": "°F", "km2": "km²", "m2": "m²",
    "cm2": "cm²", "sqkm": "km²", "sqm": "m²", "sqmi": "sq mi", "sqft": "sq ft", "km3": "km³",
    "m3": "m³", "cm3": "cm³", "cuft": "cubic feet", "cumi": "cu mi", "kph": "km/h", "kmh": "km/h",
    "nmi": "nautical miles", "acre": "acres", "in": "inches",
    "carat": "carats", "impgal": "imperial gallons",
    "USgal": "US gallons", "oilbbl": "barrels", "LT": "long tons", "ST": "short tons",
    "t": "tonnes", "g/cm3": "g/cm³", "kg/m3": "kg/m³", "K": "K", "mi": "miles", "ft": "feet",
    "lb": "pounds", "oz": "ounces", "bbl": "barrels", "/km2": "per km²", "/sqmi": "per sq mi",
    "PD/km2": "per km²", "PD/sqmi": "per sq mi",
}  # fmt: skip
_MULTIPLES = {
    "k": "thousand", "M": "million", "G": "billion", "T": "trillion",
    "e3": "thousand", "e6": "million", "e9": "billion", "e12": "trillion",
}  # fmt: skip
_MULTIPLE_UNIT = re.compile(r"(e3|e6|e9|e12|[kMGT](?=(?:oilbbl|bbl|USgal|impgal|cuft)))(.+)")
_SINGULAR = {
    "miles": "mile", "feet": "foot", "inches": "inch", "pounds": "pound", "ounces": "ounce",
    "acres": "acre", "barrels": "barrel", "tonnes": "tonne", "nautical miles": "nautical-mile",
}  # fmt: skip
_RANGES = {
    "-": "–", "–": "–", "to": " to ", "and": " and ", "or": " or ", "by": " by ", "x": " × ",
    "×": " × ", "+/-": " ± ", "to(-)": " to ", "and(-)": " and ", "to about": " to about ",
}  # fmt: skip
_SUBUNITS = {("ft", "in"), ("lb", "oz"), ("st", "lb"), ("mi", "yd"), ("yd", "ft")}


def number_text(text: str) -> str:
    """The number with commas between its thousands, or the text as it is."""
    digits = text.strip()
    if not re.fullmatch(r"-?\d{4,}(\.\d+)?", digits):
        return digits.replace("+1/2", " 1/2")
    whole, point, decimals = digits.partition(".")
    return f"{int(whole):,}{point}{decimals}"


def quantity_text(words: list[str], *, adjective: bool) -> str:
    """What `{{convert|10|km}}` shows, without the converted value: "10 km".

    Args:
        words: the template's positional arguments: a number, or a range of two, and a unit.
        adjective: whether it stands before a noun: "5-mile" for "5 miles".
    """
    if len(words) < 2:
        return "".join(words)
    value, position = number_text(words[0]), 1
    while position + 1 < len(words) and words[position] in _RANGES:
        value += _RANGES[words[position]] + number_text(words[position + 1])
        position += 2
    unit = words[position] if position < len(words) else ""
    if adjective:
        return f"{value}-{_SINGULAR.get(_unit(unit), _unit(unit))}"
    text = f"{value} {_unit(unit)}"
    if (unit, "".join(words[position + 2 : position + 3])) in _SUBUNITS:
        text += f" {number_text(words[position + 1])} {_unit(words[position + 2])}"
    return text.strip()


def _unit(code: str) -> str:
    per_day = " per day" if code.endswith("/d") else ""
    code = code.removesuffix("/d") if per_day else code
    if multiple := _MULTIPLE_UNIT.fullmatch(code):
        return f"{_MULTIPLES[multiple[1]]} {_UNITS.get(multiple[2], multiple[2])}{per_day}"
    return _UNITS.get(code, code) + per_day
