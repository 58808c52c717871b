"""The parameters of a request to the Action API, checked as MediaWiki checks them.

A value that cannot be used is an `ApiError`, the API's own kind of answer; what MediaWiki only
warns of (a number out of range, an unknown choice, a parameter nobody reads) becomes a warning.
"""

import re
import unicodedata

MAX_VALUES = 50
# Integers of the API, and of SQLite, have 64 bits.
MAX_INTEGER = 2**63 - 1

_FORBIDDEN_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_NOT_NORMAL = (
    'The value passed for "{name}" contains invalid or non-normalized data. Textual data should be '
    "valid, NFC-normalized Unicode without C0 control characters other than HT (\\t), LF (\\n), "
    "and CR (\\r)."
)


class ApiError(Exception):
    """A request that cannot be answered: MediaWiki's `code` and `info`, and what else it states."""

    def __init__(self, code: str, info: str, **details: int) -> None:
        super().__init__(info)
        self.code = code
        self.info = info
        self.details = details


def bad_continue() -> ApiError:
    """The error for a value that no earlier answer gave to continue with."""
    return ApiError(
        "badcontinue",
        "Invalid continue param. You should pass the original value returned by the previous "
        "query.",
    )


class Parameters:
    """The parameters of one request; remembers which were read, and the warnings.

    `module` is the part of the API that a warning names, such as "search".
    """

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values
        self._read: set[str] = set()
        self.warnings: dict[str, list[str]] = {}
        self.limits: dict[str, int] = {}

    def warn(self, module: str, text: str) -> None:
        """Add a warning, once."""
        texts = self.warnings.setdefault(module, [])
        if text not in texts:
            texts.append(text)

    def warn_of_unread(self) -> None:
        """Add the warning for the parameters that no part of the answer asked for."""
        unread = [name for name in self._values if name not in self._read]
        if unread:
            noun = "parameter" if len(unread) == 1 else "parameters"
            self.warn("main", f"Unrecognized {noun}: {', '.join(unread)}.")

    def has(self, name: str) -> bool:
        """Whether the parameter was sent at all, which is what makes a switch true."""
        self._read.add(name)
        return name in self._values

    def raw(self, name: str) -> str:
        """The value as it was sent, or the empty string."""
        self._read.add(name)
        return self._values.get(name, "")

    def text(self, name: str, module: str) -> str:
        """The value in normal form, without control characters, or the empty string."""
        return self._clean(self.raw(name), name, module)

    def _clean(self, raw: str, name: str, module: str) -> str:
        clean = _FORBIDDEN_CONTROLS.sub("\ufffd", unicodedata.normalize("NFC", raw))
        if clean != raw:
            self.warn(module, _NOT_NORMAL.format(name=name))
        return clean

    def raw_values(self, name: str) -> list[str]:
        """The values between bars, or after a leading U+001F between such characters."""
        raw = self.raw(name)
        if raw.startswith("\x1f"):
            return raw[1:].split("\x1f")
        return raw.split("|") if raw else []

    def values(self, name: str, module: str) -> list[str]:
        """As `raw_values`, each in normal form.

        Raises:
            ApiError: there are more than 50.
        """
        values = [self._clean(raw, name, module) for raw in self.raw_values(name)]
        if len(values) > MAX_VALUES:
            raise ApiError(
                "toomanyvalues",
                f'Too many values supplied for parameter "{name}". The limit is {MAX_VALUES}.',
                limit=MAX_VALUES,
                lowlimit=MAX_VALUES,
                highlimit=500,
            )
        return values

    def choices(self, name: str, module: str, known: tuple[str, ...], default: str) -> list[str]:
        """The known ones among the values, in their order; `default` where none was sent."""
        if not self.has(name):
            return default.split("|") if default else []
        values = [value for value in self.values(name, module) if value]
        unknown = [value for value in values if value not in known]
        if unknown:
            noun = "value" if len(unknown) == 1 else "values"
            self.warn(module, f'Unrecognized {noun} for parameter "{name}": {", ".join(unknown)}')
        return list(dict.fromkeys(value for value in values if value in known))

    def choice(self, name: str, module: str, known: tuple[str, ...], default: str) -> str:
        """The value, one of `known`.

        Raises:
            ApiError: it is none of them.
        """
        value = self.text(name, module) if self.has(name) else default
        if value not in known:
            raise ApiError("badvalue", f'Unrecognized value for parameter "{name}": {value}.')
        return value

    def integer(
        self, name: str, module: str, default: int, low: int = -MAX_INTEGER, high: int = MAX_INTEGER
    ) -> int:
        """The number, moved into the range `low` to `high` with a warning where it is outside.

        Raises:
            ApiError: it is no whole number of 64 bits.
        """
        if not self.has(name):
            return default
        number = parse_integer(name, self.text(name, module))
        if low <= number <= high:
            return number
        if high < MAX_INTEGER:
            self.warn(
                module,
                f'The value "{number}" for parameter "{name}" must be between '
                f"{low:,} and {high:,}.",
            )
        return max(low, min(high, number))

    def limit(self, name: str, module: str, default: int, high: int = 500) -> int:
        """As `integer`, from 1 to `high`, which "max" stands for."""
        if self.raw(name) == "max":
            self.limits[module] = high
            return high
        return self.integer(name, module, default, 1, high)


def parse_integer(name: str, text: str) -> int:
    """The number that a parameter holds.

    Raises:
        ApiError: it is no whole number of 64 bits.
    """
    if re.fullmatch(r"[+-]?[0-9]{1,19}", text) and abs(int(text)) <= MAX_INTEGER:
        return int(text)
    raise ApiError("badinteger", f'Invalid value "{text}" for integer parameter "{name}".')
