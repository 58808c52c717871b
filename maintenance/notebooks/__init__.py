r'''Keeps the notebooks, the modules that come out of them, and their stored outputs honest.

    python -m maintenance.notebooks export [NOTEBOOK...]    (`make export`)
    python -m maintenance.notebooks check                   (`make check`)

`notebooks/05_batching.ipynb` is the source of `course_lib/batching.py`: its cells that start with
`#| export`, in order. The first of them also names the module and begins with its docstring; all
the imports of the module follow in the same cell, as ruff asks of any module:

    #| default_exp batching
    #| export
    """What the module serves, where it stands in the course, what it leaves to others."""

    from ray import serve

Every cell has an id that lasts: the module's comments name the cells by it.

Where to look: `reading` for what a notebook is here, `exporting` for how a module is made,
`checking` for the whole of `make check`, and for its rules `export_rules` (what a module may hold),
`output_rules` (what nbval compares), `exercise_rules` (the form of an exercise), `time_rules` (what
a lesson says of its length) and `page_rules` (the rest of the page). To run the notebooks and
compare their outputs is nbval's work.
'''
