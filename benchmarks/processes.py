"""The processes of a server: workers, Ray's daemons, HAProxy.

They are found as the descendants of the first one, and, where a parent died, by a variable in their
environment. Linux only: memory is PSS (proportional set size: a page that n processes share counts
1/n in each), from /proc.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

MARK = "BENCHMARK_SERVER"


def processes_of(pid: int, mark: str) -> list[psutil.Process]:
    """A process, those that carry its mark, and all their descendants.

    A process may overwrite its environment with its title, as Ray's workers do: those have parents.
    """
    found = set()
    for process in psutil.process_iter():
        try:
            if process.pid == pid or process.environ().get(MARK) == mark:
                found |= {process, *process.children(recursive=True)}
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return [process for process in found if process.is_running()]


def pss_mb(process: psutil.Process) -> float:
    """A process's memory, what it shares divided among those that share it."""
    for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def each(processes: Sequence[psutil.Process], measure: Any) -> Iterator[Any]:
    """What is measured of each process that still lives."""
    for process in processes:
        try:
            yield measure(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            continue
