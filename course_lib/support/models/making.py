"""Makes a model's files in a process of its own: the one that waits imports neither torch nor
transformers.
"""

import subprocess
import sys

from course_lib.support.models.encoder import ModelError


def make_in_a_process(module: str, what: str) -> None:
    """Run `python -m MODULE`, which makes the files.

    Raises:
        ModelError: it could not, for the reason that it printed last.
    """
    made = subprocess.run([sys.executable, "-m", module], capture_output=True, text=True)
    if made.returncode:
        said = made.stderr.strip().splitlines() or [f"killed, with status {made.returncode}"]
        raise ModelError(f"The {what} could not be made: {said[-1]}")
