"""Rows and a setting as the benchmark has them, for its tests."""

from benchmarks.rows import Rows

SETTING = {
    "quick": False,
    "code": "c0de",
    "commit": "abc",
    "versions": {"python": "3.11"},
    "machine": {"processor": "P", "cores": 2, "memory_gb": 8.0},
}


def rows(**values: list[float]) -> Rows:
    """Rows of systems with one number a round."""
    return Rows(
        {"chapter": "c", "name": name.replace("_", " "), "round": number, "x": value}
        for name, numbers in values.items()
        for number, value in enumerate(numbers, 1)
    )
