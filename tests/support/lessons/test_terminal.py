"""Commands in a second terminal: what they say, how they fail, and that nothing of them is left."""

import sys

import psutil
import pytest

from course_lib.support.lessons.terminal import CommandFailed, run, start
from tests.waiting import wait_until

# A command that starts another, and says its process id.
PARENT = """
import subprocess, sys, time
sleeps = [sys.executable, "-c", "import time; time.sleep(3600)"]
child = subprocess.Popen(sleeps, start_new_session=True)
print(child.pid, flush=True)
time.sleep(3600)
"""


def test_what_a_command_prints_comes_back_without_colours() -> None:
    said = run("""python -c 'import sys; print("\\033[31mred\\033[0m"); sys.stderr.write("two")'""")
    assert sorted(said.splitlines()) == ["red", "two"]


def test_a_command_beside_this_python_is_taken() -> None:
    assert run("python -c 'import sys; print(sys.prefix)'").strip() == sys.prefix


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(CommandFailed, match=r"ended with 3: no such day$"):
        run("""python -c 'import sys; print("no such day"); sys.exit(3)'""")


def test_a_command_that_does_not_exist() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-command"):
        start("no-such-command --now")


def test_a_kill_takes_all_that_was_started(tmp_path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    command = start(f"python {script}")
    child = int(wait_until(command.said, "the child's process id"))
    assert command.is_running()
    assert psutil.pid_exists(child)
    command.kill()
    assert not command.is_running()
    wait_until(lambda: not is_alive(child), "the child ends")
    command.kill()  # a second time does nothing


def is_alive(pid: int) -> bool:
    """Whether a process runs: one that nobody has waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_it_ends_with_the_process_that_has_started_it(tmp_path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    code = f"""
from course_lib.support.lessons.terminal import start
command = start("python {script}")
while not command.said():
    pass
print(command.process.pid, command.said())
"""
    (tmp_path / "outer.py").write_text(code)
    pids = map(int, run(f"python {tmp_path / 'outer.py'}").split())
    for pid in pids:
        wait_until(lambda pid=pid: not is_alive(pid), "it has ended")
