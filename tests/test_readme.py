"""The README keeps its word: each block that is not marked as left out is executed as printed.

`make run` is started as the README says, asked what the README asks, and interrupted.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests

from tests.waiting import LONG_S

pytestmark = pytest.mark.xdist_group("port 8000")

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PAGES = "".join(path.read_text() for path in sorted(ROOT.glob("docs/*.md")))
START_LIMIT_S = 180
STOP_LIMIT_S = 30


@dataclass(frozen=True)
class Block:
    """A fenced block, and why it is not run, if it is not."""

    language: str
    code: str
    left_out: str | None


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page."""
    fence = r"(?:<!-- not run: (?P<why>[^>]+) -->\n)?^```(?P<language>\w+)\n(?P<code>.*?)^```"
    found = re.finditer(fence, text, re.MULTILINE | re.DOTALL)
    return [Block(block["language"], block["code"], block["why"]) for block in found]


BLOCKS = blocks(README)
COMMANDS = [b for b in BLOCKS if b.language in {"bash", "python"} and b.left_out is None]
MAKE_RUN, *QUESTIONS = COMMANDS
(PRINTED,) = [block.code for block in BLOCKS if block.language == "text"]


def run(block: Block) -> str:
    """Run a block in the repository's folder and return what it printed."""
    if "curl" in block.code and not shutil.which("curl"):
        pytest.skip("there is no curl on this machine")
    program = ["bash", "-ec"] if block.language == "bash" else [sys.executable, "-c"]
    return subprocess.run(
        [*program, block.code], cwd=ROOT, check=True, capture_output=True, text=True, timeout=LONG_S
    ).stdout


@pytest.fixture(scope="module")
def started() -> Iterator[str]:
    """What `make run` printed until it was up; at the end it is interrupted, and leaves nothing."""
    server = subprocess.Popen(
        ["bash", "-ec", MAKE_RUN.code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    printed = ""
    try:
        for line in server.stdout:
            printed += line
            if line.startswith("Ctrl-C"):
                break
        else:
            pytest.fail(f"make run ended:\n{printed}")
        yield printed
        processes = psutil.Process(server.pid).children(recursive=True)
        assert len(processes) > 5, "Ray's processes should be among them"
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(STOP_LIMIT_S)
    _, left = psutil.wait_procs(processes, timeout=STOP_LIMIT_S)
    assert left == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", 8000)) != 0, "the port is still taken"


def test_the_first_command_is_make_run() -> None:
    assert MAKE_RUN.code == "make run\n"


def test_only_what_cannot_run_here_is_left_out() -> None:
    reasons = {
        "it would run itself",
        "installs",
        "needs the internet",
        "needs a GPU",
    }
    assert {block.left_out for block in BLOCKS} <= {None, *reasons}
    commands = [block for block in blocks(PAGES) if block.language != "yaml"]
    assert {block.left_out for block in commands} <= reasons
    assert [b.code for b in BLOCKS if b.left_out == "it would run itself"] == ["make test\n"]


def test_the_maps_name_every_lesson_and_module() -> None:
    package = (ROOT / "course_lib" / "__init__.py").read_text()
    for notebook in ROOT.glob("notebooks/*.ipynb"):
        number, name = notebook.stem.split("_", maxsplit=1)
        assert f"[{number} " in README
        assert f"| [{name}](course_lib/{name}.py) |" in README
        assert f"\n    {name} " in package


def test_make_run_prints_the_answer_that_the_readme_shows(started: str) -> None:
    def parts(text: str) -> tuple[list[str], set[str]]:
        answer = text[text.index("GET ") :].split("timing")[0]
        before, names = answer.split("  entities ")
        return before.split(), set(" ".join(names.split()).split(", "))

    shown, names = parts(PRINTED)
    printed, found = parts(started)
    assert printed == shown
    assert len(names) == len(found) == 10
    # In 8 bits, another processor may order names of nearly the same score in another way.
    assert len(names & found) >= 8


def test_the_readmes_questions_are_answered(started: str) -> None:
    entities, refusal, functions = (run(block) for block in QUESTIONS)
    assert len(json.loads(entities)["named_entities"]) == 3
    assert refusal.startswith("HTTP/1.1 422")
    assert "negative-article" in refusal
    assert functions.startswith("https://en.wikipedia.org/wiki/")
    assert functions.endswith("negative\n")


def test_it_listens_on_this_machine_alone(started: str) -> None:
    listening = [
        connection.laddr
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == 8000
    ]
    assert {address.ip for address in listening} == {"127.0.0.1"}


def test_the_embedded_wikipedia_names_its_licence(started: str) -> None:
    answer = requests.get(
        "http://127.0.0.1:8000/wikipedia/w/api.php",
        params={"action": "query", "meta": "siteinfo", "siprop": "rightsinfo", "format": "json"},
        timeout=LONG_S,
    ).json()
    text = answer["query"]["rightsinfo"]["text"]
    assert text == "Creative Commons Attribution-ShareAlike 3.0"


def test_a_taken_port_is_said_in_a_sentence(started: str) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "course_lib.support.start"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONG_S,
    )
    assert second.returncode == 1
    assert "Port 8000 is taken" in second.stderr
    assert "Traceback" not in second.stderr
