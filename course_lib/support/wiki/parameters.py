"""The parameters of a request to the Action API, read as MediaWiki reads them."""

import re

MAX_INTEGER = 2**63 - 1  # SQLite's


class ApiError(Exception):
    """A request that cannot be answered: MediaWiki's code, and what it says."""

    def __init__(self, code: str, info: str) -> None:
        super().__init__(info)
        self.code = code


class Parameters(dict[str, str]):
    """The parameters of one request, and the `warnings` of what was ignored."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.warnings: list[str] = []

    def choices(self, name: str, known: tuple[str, ...], default: str = "") -> list[str]:
        """The known ones among the values between bars; the others become a warning."""
        values = dict.fromkeys(value for value in self.get(name, default).split("|") if value)
        if unknown := [value for value in values if value not in known]:
            names = ", ".join(unknown)
            self.warnings.append(f'Unrecognized value for parameter "{name}": {names}')
        return [value for value in values if value in known]

    def only(self, name: str, value: str) -> None:
        """Check a parameter that can have one value.

        Raises:
            ApiError: it has another.
        """
        if self.get(name, value) != value:
            info = f'Unrecognized value for parameter "{name}": {self[name]}.'
            raise ApiError("badvalue", info)

    def integer(self, name: str, default: int, high: int = MAX_INTEGER) -> int:
        """The number, from 0 to `high`, which "max" stands for.

        Raises:
            ApiError: it is no whole number.
        """
        text = self.get(name, str(default))
        if text == "max":
            return high
        if not re.fullmatch(r"[+-]?[0-9]{1,19}", text):
            raise ApiError("badinteger", f'Invalid value "{text}" for integer parameter "{name}".')
        return min(max(int(text), 0), high)
