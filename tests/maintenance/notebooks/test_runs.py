"""What only a run finds: one run of pytest --nbval over several spoilt notebooks."""

import re
import subprocess
import sys

from tests.maintenance.notebooks.good_notebook import (
    CHECK,
    cell_named,
    good_notebook,
    set_source,
    set_stdout,
    write,
)

RUNS = {
    "wrong_output": (set_stdout("hello, Bob\n"), "use"),
    "unexpected_output": (lambda notebook: cell_named(notebook, "use").update(outputs=[]), "use"),
    "raises": (set_source("use", 'raise ValueError("no")'), "use"),
    "raises_no_more": (set_source("failure", "1 / 1"), "failure"),
    "broken_claim": (set_source("timing", "print(1)\nassert False"), "timing"),
    "check_accepts_all": (set_source("check", CHECK.replace("== 0", ">= 0")), "solution"),
    "check_refuses_all": (set_source("check", CHECK.replace("== 0", "< 0")), "solution"),
}


def test_a_run_refuses_what_is_wrong_on_the_page(project):
    names = [cell.id for cell in good_notebook().cells if cell.cell_type == "code"]
    expected = set()
    for number, (name, (break_rule, cell)) in enumerate(RUNS.items(), start=2):
        notebook = good_notebook()
        break_rule(notebook)
        file = f"{number:02}_{name}.ipynb"
        write(project, notebook, file)
        expected.add(f"{file}::Cell {names.index(cell)}")
    command = ["pytest", "--nbval", "--nbval-current-env", "-rf", "--color=no", "notebooks"]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=project, capture_output=True, text=True
    )
    failed = set(re.findall(r"^FAILED notebooks/(.*) - ", done.stdout, re.MULTILINE))
    assert failed == expected, done.stdout
    assert done.returncode == 1
