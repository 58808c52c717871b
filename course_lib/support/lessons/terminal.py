"""Commands as you type them into a terminal: those that end, and those that go on in another one.

    head = start("ray start --head --block")
    print(run("serve status"))
    head.kill()

A command that is found beside this process' Python is that one. What has been started ends when
this process ends by itself; one that is killed leaves it behind.
"""

import atexit
import re
import shlex
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil

LIMIT_S = 300  # of a command that should end
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class CommandFailed(RuntimeError):
    """A command has ended with an error. The message holds what it said last."""


_started: list["Started"] = []


class Started:
    """A command that goes on, and all processes that it starts."""

    def __init__(self, command: str) -> None:
        self.output = tempfile.TemporaryFile("a+")  # noqa: SIM115
        self.process = psutil.Popen(
            _words(command), stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True
        )
        _started.append(self)

    def said(self) -> str:
        """Return what it has printed until now."""
        self.output.seek(0)
        return COLOURS.sub("", self.output.read())

    def is_running(self) -> bool:
        """Say whether it goes on."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End it and all that it has started at once, without a chance to clean up."""
        if not self.is_running():
            return
        processes = [self.process, *self.process.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes)


def start(command: str) -> Started:
    """Start a command that goes on."""
    return Started(command)


@atexit.register
def stop_all() -> None:
    """Kill all that has been started and still runs, the latest first."""
    while _started:
        _started.pop().kill()


def run(command: str) -> str:
    """Return what a command prints, errors included.

    Raises:
        CommandFailed: it ends with an error.
        subprocess.TimeoutExpired: it does not end.
    """
    ended = subprocess.run(
        _words(command),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
    )
    said = COLOURS.sub("", ended.stdout)
    if ended.returncode:
        raise CommandFailed(f"{command!r} ended with {ended.returncode}: {said.strip()[-500:]}")
    return said


def _words(command: str) -> list[str]:
    name, *arguments = shlex.split(command)
    beside = Path(sys.executable).with_name(name)
    return [str(beside) if beside.exists() else name, *arguments]
