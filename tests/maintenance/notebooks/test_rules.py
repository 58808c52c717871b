"""The rules for cells: each turns red on a small notebook that breaks it."""

import pytest

from maintenance.notebooks.checking import check
from maintenance.notebooks.exporting import export
from tests.maintenance.notebooks.good_notebook import (
    CONTRACT,
    EXERCISE,
    SOLUTION,
    add_cells,
    cell_named,
    code,
    good_notebook,
    markdown,
    numbered,
    remove,
    set_display,
    set_metadata,
    set_source,
    set_stdout,
    write,
)

BROKEN = {
    # what a notebook exports
    "no default_exp": (set_source("contract", CONTRACT[24:]), "`#| default_exp greeting` exactly"),
    "another default_exp": (
        set_source("contract", CONTRACT.replace("exp greeting", "exp other")),
        "`#| default_exp greeting` exactly once, has ['other']",
    ),
    "two of default_exp": (
        set_source("use", "#| default_exp greeting\nprint(1)"),
        "exactly once, has ['greeting', 'greeting']",
    ),
    "no docstring": (
        set_source("contract", "#| default_exp greeting\n#| export\nimport math"),
        "must begin with the module's docstring",
    ),
    "no export": (
        lambda notebook: notebook.update(cells=[code("contract", "#| default_exp greeting")]),
        "exports nothing",
    ),
    "other directive": (set_source("use", "#| hide\nprint(1)"), "not `hide`"),
    "export elsewhere": (set_source("use", "#| export other\nprint(1)"), "not `export`"),
    "late directive": (set_source("use", "x = 1\n#| export\ny = 2"), "at the top, once"),
    # what must not run on import
    "magic": (set_source("definitions", "#| export\n%timeit 1"), "not plain Python"),
    "shell": (set_source("definitions", "#| export\nfiles = !ls"), "not plain Python"),
    "relative import": (set_source("definitions", "#| export\nfrom . import x"), "by full name"),
    "await": (set_source("definitions", "#| export\nx = await f()"), "runs `await f()` on import"),
    "serve.run": (set_source("definitions", "#| export\nh = serve.run(a)"), "runs `serve.run(a)`"),
    "serve.start": (set_source("definitions", "#| export\nserve.start()"), "runs `serve.start()`"),
    "ray.init": (set_source("definitions", "#| export\nx = [ray.init()]"), "runs `ray.init()`"),
    "print": (set_source("definitions", "#| export\nprint(1)"), "runs `print(1)`"),
    "a file": (set_source("definitions", "#| export\nx = open('y').read()"), "runs `open('y')`"),
    "a pause": (set_source("definitions", "#| export\nx = time.sleep(1)"), "runs `time.sleep(1)`"),
    "a loader": (set_source("definitions", "#| export\nx = load_model()"), "runs `load_model()`"),
    "a default": (
        set_source("definitions", "#| export\ndef f(x=load_model()):\n    return x"),
        "runs `load_model()`",
    ),
    "the future": (
        set_source("definitions", "#| export\nfrom __future__ import annotations"),
        "belongs to the first exported cell",
    ),
    "requests": (
        set_source("definitions", "#| export\ndef f(x=requests.get('/')): ..."),
        "runs `requests.get('/')`",
    ),
    "loop": (
        set_source("definitions", "#| export\nfor i in []:\n    pass"),
        "runs `for i in []:`",
    ),
    "condition": (set_source("definitions", "#| export\nif x:\n    y = 1"), "runs `if x:`"),
    # what nbval would not compare
    "unrun": (
        lambda notebook: cell_named(notebook, "use").update(execution_count=None),
        "count None",
    ),
    "out of order": (
        lambda notebook: cell_named(notebook, "use").update(execution_count=9),
        "count 9",
    ),
    "ignored by comment": (set_source("use", "# NBVAL_IGNORE_OUTPUT\nprint(1)"), "by a comment"),
    "skipped by comment": (set_source("use", "#NBVAL_SKIP\nprint(1)"), "by a comment"),
    "checked by comment": (set_source("use", "# NBVAL_CHECK_OUTPUT"), "by a comment"),
    "raising by comment": (set_source("use", "# NBVAL_RAISES_EXCEPTION"), "by a comment"),
    "ignored as of old": (set_source("use", "# PYTEST_VALIDATE_IGNORE_OUTPUT"), "by a comment"),
    "skipped by tag": (set_metadata("use", tags=["nbval-skip"]), "the tag nbval-skip"),
    "mistyped tag": (set_metadata("use", tags=["nbval-ignore-outputs"]), "nbval-ignore-outputs;"),
    "ignored without assert": (set_source("timing", "print(1)"), "assert what must hold"),
    "ignored and raising": (
        set_metadata("failure", tags=["nbval-ignore-output", "raises-exception"]),
        "its asserts could fail unseen",
    ),
    "unmeant error": (set_metadata("failure", tags=[]), "stores an error"),
    "no error": (set_metadata("use", tags=["raises-exception"]), "but stores no error"),
    # what no output should hold
    "stderr": (set_stdout("hello", name="stderr"), "stores text from stderr"),
    "ANSI codes": (set_stdout("\x1b[31mred\x1b[0m"), "stores ANSI codes"),
    "progress bar": (set_stdout("Loading:  50%|#####     | 1/2"), "stores a progress bar"),
    "rewritten line": (set_stdout("one\rtwo"), "stores a progress bar"),
    "warning": (set_stdout("x.py:1: FutureWarning: soon"), "stores a warning"),
    "log line": (set_stdout("INFO 2030-01-02 03:04:05 serve 1 -- ok"), "a log line of Ray"),
    "driver log": (set_stdout("2030-01-02 03:04:05,678\tINFO worker.py:1"), "a log line of Ray"),
    "replica log": (set_stdout("(ServeReplica:app:Model pid=1) x"), "a log line of Ray"),
    "widget": (
        set_display(**{"application/vnd.jupyter.widget-view+json": {}, "text/plain": "x"}),
        "stores a widget",
    ),
    "warning as a result": (set_display(**{"text/plain": "UserWarning: x"}), "stores a warning"),
    # exercises
    "no solution": (remove("solution"), "has no solution after it"),
    "no exercise": (remove("exercise"), "a solution without an exercise"),
    "two exercises": (
        add_cells(
            code("more", EXERCISE, tags=["exercise"]), code("yet", EXERCISE, tags=["exercise"])
        ),
        "no solution before the next",
    ),
    "unfolded": (set_metadata("solution", jupyter={}), "must be folded"),
    "filled in": (set_source("exercise", EXERCISE.replace("...", "4")), "must hold `answer = ...`"),
    "untagged exercise": (set_metadata("exercise", tags=[]), "the tag exercise and a call of"),
    "unproved solution": (set_source("solution", "answer = 4"), "a call of `prove` go together"),
    "another check": (
        set_source("solution", SOLUTION.replace("check_even", "check_odd")),
        "the same check as its exercise",
    ),
    # the file, the prose, the end
    "old format": (lambda notebook: notebook.update(nbformat_minor=4), "nbformat 4.5 or later"),
    "no id": (
        lambda notebook: cell_named(notebook, "use").pop("id"),
        "cell 4: not valid: 'id' is a required",
    ),
    "repeated id": (
        lambda notebook: cell_named(notebook, "use").update(id="title"),
        "shares its id",
    ),
    "left by a tool": (set_metadata("use", execution={}), "metadata execution"),
    "left in the file": (lambda notebook: notebook.metadata.update(vscode={}), "metadata vscode"),
    "own kernel": (
        lambda notebook: notebook.metadata.kernelspec.update(name="mine"),
        "the kernel that every machine has",
    ),
    "remote picture": (set_source("title", "![a](https://example.org/a.png)"), "a picture file"),
    "picture in HTML": (set_source("title", '<IMG src="a.png">'), "a picture file"),
    "dead link": (set_source("title", "[next](02_next.ipynb)"), "links to 02_next.ipynb"),
    "dead reference": (set_source("title", "[next][1]\n\n[1]: ../gone.py"), "links to ../gone.py"),
    "link outside": (set_source("title", "[home](/)"), "links to /, which is not in the project"),
    # how long it takes
    "another time": (
        set_source("title", "# Greeting\n\n*10 minutes, without the exercises.*"),
        'say how long it takes: "5 minutes, without the exercises"',
    ),
    "grown longer": (
        add_cells(markdown("more", "word " * 1000)),
        "](notebooks/01_greeting.ipynb) | 10 |",
    ),
    "deeper": (
        add_cells(markdown("deeper", "# Going deeper\n" + "word " * 1000)),
        'say how long it takes: "5 minutes, and 5 for what goes deeper, without the exercises"',
    ),
    "long spine": (
        add_cells(markdown("more", "word " * 6001), markdown("deeper", "# Going deeper")),
        "its spine takes more than 30 minutes",
    ),
    "much code": (
        add_cells(markdown("deeper", "# Going deeper"), code("more", "x = 1\n" * 350)),
        "lines of code, more than 350",
    ),
    "long module": (
        add_cells(
            code("more", "#| export\n" + "X = 1\n" * 201), markdown("deeper", "# Going deeper")
        ),
        "lines of code, more than 200",
    ),
    "served late": (
        add_cells(
            *(code(f"cell{number}", "print()") for number in range(10)),
            code("serving", "serve.run(app)"),
            markdown("deeper", "# Going deeper"),
        ),
        "comes after 10 cells without serving",
    ),
    "an answer in the open": (
        add_cells(markdown("asks", "Why?"), code("answers", "print('so')", "so\n")),
        "answers the question above it",
    ),
    "no clean-up": (add_cells(code("ray", "import ray")), "as the last cell: `ray.shutdown()`"),
}
COUNTED = {"no id", "unrun", "out of order"}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_reported(project, name):
    break_rule, expected = BROKEN[name]
    notebook = good_notebook()
    break_rule(notebook)
    write(project, notebook if name in COUNTED else numbered(notebook))
    problems = check(project)
    assert any(expected in problem for problem in problems), problems


def test_a_problem_names_its_cell(project):
    notebook = good_notebook()
    set_source("definitions", "#| export\nprint(1)")(notebook)
    write(project, notebook)
    assert check(project) == [
        "notebooks/01_greeting.ipynb, cell 3 (print(1)): runs `print(1)` on import: move it to"
        " another cell (exported cells hold definitions only)"
    ]


def test_a_path_of_this_machine_is_refused(project):
    notebook = good_notebook()
    cell_named(notebook, "failure").outputs[0].traceback = [f"File {project}/x.py"]
    write(project, notebook)
    [problem] = check(project)
    assert "stores a path of this machine" in problem


def test_too_many_ignored_outputs_are_refused(project):
    notebook = good_notebook()
    tags = ["nbval-ignore-output"]
    # Of the good notebook's 5 cells with output, 1 is ignored: 2 more make 3 of 7.
    add_cells(*(code(f"more{i}", "assert 1", "x\n", tags=tags) for i in range(2)))(notebook)
    write(project, numbered(notebook))
    [problem] = check(project)
    assert problem.startswith("3 of 7 code cells with output carry nbval-ignore-output")


def test_a_notebook_on_ray_that_cleans_up_is_fine(project):
    notebook = good_notebook()
    add_cells(code("ray", "from ray import serve"), code("end", "ray.shutdown()"))(notebook)
    write(project, numbered(notebook))
    assert check(project) == []


def test_what_only_type_checkers_read_may_be_exported(project):
    notebook = good_notebook()
    source = CONTRACT + "\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import os"
    set_source("contract", source)(notebook)
    export(write(project, notebook))
    assert check(project) == []
