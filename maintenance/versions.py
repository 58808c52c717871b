"""Records the newest versions that work together, and checks where they can be installed.

    python -m maintenance.versions            constraints.txt, from pyproject.toml
    python -m maintenance.versions --check    only the check

The versions are the newest for the lowest Python that the project promises. The check resolves them
for every Python and every system of `MATRIX`, from wheels alone, so that nobody needs a compiler.
"""

import argparse
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints.txt"

LOWEST_PYTHON = "3.11.2"  # Debian 12's
PYTHONS = (LOWEST_PYTHON, "3.11", "3.12", "3.13", "3.14")
SYSTEMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin")
MACOS = "14.0"  # PyTorch's wheels need it
MATRIX = tuple(product(PYTHONS, SYSTEMS))

# What is held back, and why.
HELD_BACK = {
    "torch": "2.13.0",  # the newest whose CPU build for Python 3.11 was run here
}
SOURCE_ONLY = ["wikipedia", "docopt"]  # plain Python, without wheels
# Without wheels for this Python. It does without its C extension where nothing compiles it.
SOURCE_ONLY_FOR = {"3.14": ["mwparserfromhell"]}


class Unresolved(Exception):
    """The versions cannot be installed somewhere; the message is uv's."""


def resolve(python: str, system: str, constraints: Path) -> list[str]:
    """The versions of everything that the project asks for, `name==version`, sorted.

    Raises:
        Unresolved: there is no such set, or it holds a package of NVIDIA's.
    """
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--all-extras"]
    command += ["--python-version", python, "--python-platform", system, "--quiet"]
    command += ["--no-annotate", "--no-header", "--constraint", str(constraints)]
    from_source = SOURCE_ONLY + SOURCE_ONLY_FOR.get(python, [])
    command += ["--only-binary=:all:", *(f"--no-binary={name}" for name in from_source)]
    with _torch_without_cuda() as config:
        done = subprocess.run(
            [*command, "--config-file", config],
            cwd=ROOT,
            env={**os.environ, "MACOSX_DEPLOYMENT_TARGET": MACOS},
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise Unresolved(f"Python {python}, {system}: {done.stderr}")
    versions = done.stdout.splitlines()
    if cuda := [version for version in versions if re.match("nvidia|triton|cuda", version)]:
        raise Unresolved(f"Python {python}, {system}: {', '.join(cuda)}")
    return sorted(versions, key=str.lower)


@contextmanager
def _torch_without_cuda() -> Iterator[str]:
    """A configuration of uv: torch asks for what its CPU build asks for.

    On PyPI, torch for Linux is the build for CUDA. `make install` takes the CPU build from
    PyTorch's own index, and what that one asks for is read from the one that is installed here.
    """
    asks_for = importlib.metadata.requires("torch")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "uv.toml")
        file.write_text(
            f'[[dependency-metadata]]\nname = "torch"\nrequires-dist = {json.dumps(asks_for)}\n'
        )
        yield str(file)


def record() -> None:
    """Write constraints.txt anew, below its comment."""
    comment = [line for line in CONSTRAINTS.read_text().splitlines() if line.startswith("#")]
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder, "held-back.txt")
        held.write_text("".join(f"{name}=={version}\n" for name, version in HELD_BACK.items()))
        versions = resolve(LOWEST_PYTHON, SYSTEMS[0], held)
    CONSTRAINTS.write_text("\n".join([*comment, *versions, ""]))


def check() -> None:
    """Resolve constraints.txt for all of the matrix.

    Raises:
        Unresolved: some Python on some system cannot have it.
    """
    for python, system in MATRIX:
        versions = resolve(python, system, CONSTRAINTS)
        print(f"Python {python:<7} {system:<24} {len(versions)} packages", flush=True)


def main() -> None:
    """The command; exits with 1 and uv's words where something cannot be had."""
    parser = argparse.ArgumentParser(description="Record versions, and check them.")
    parser.add_argument("--check", action="store_true", help="record nothing")
    only_check = parser.parse_args().check
    try:
        if not only_check:
            record()
        check()
    except Unresolved as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
