"""What an exported cell may hold: definitions, so that the module imports at once and in silence.

Running, measuring and plotting stay on the page, in cells that are not exported.
"""

import ast
import re
from collections.abc import Iterator

from maintenance.notebooks.reading import Cell, Notebook

DEFINITIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
)
RUNS_SOMETHING = re.compile(
    r"(ray\.)?serve\.(run|start)|ray\.init|(requests|subprocess|os)\..+|time\.sleep"
    r"|.+\.(from_pretrained|read_text|read_bytes|write_text|write_bytes|open|urlopen)"
)
# Of plain functions, only those that make a value out of values: not `open()`, not a loader.
MAKES_A_VALUE = {
    "dict", "float", "frozenset", "int", "len", "list", "max", "min", "plain_response",
    "problem_response", "range", "set", "sorted", "str", "sum", "tuple",
}  # fmt: skip
DIRECTIVE_LINE = re.compile(r"^\s*#\s*\|", re.MULTILINE)


def export_problems(notebook: Notebook) -> Iterator[str]:
    """Report what keeps a notebook from becoming a module that imports cleanly."""
    cells = notebook.code_cells
    for cell in cells:
        for name, value in cell.directives.items():
            if name not in {"export", "default_exp"} or (name == "export" and value):
                yield cell.problem(f"use only `#| export` and `#| default_exp`, not `{name}`")
        if len(DIRECTIVE_LINE.findall(cell.source)) > len(cell.directives):
            yield cell.problem("put its `#|` lines at the top, once: nbdev reads them only there")

    named = [cell.directives["default_exp"] for cell in cells if "default_exp" in cell.directives]
    if named != [notebook.step]:
        yield notebook.problem(f"needs `#| default_exp {notebook.step}` exactly once, has {named}")

    exported = [cell for cell in cells if "export" in cell.directives]
    if not exported:
        yield notebook.problem("exports nothing: start each cell of the module with `#| export`")
    for cell in exported:
        for text in _cell_problems(cell, is_first=cell is exported[0]):
            yield cell.problem(f"{text} (exported cells hold definitions only)")


def _cell_problems(cell: Cell, *, is_first: bool) -> Iterator[str]:
    try:
        body = ast.parse(cell.source).body
    except SyntaxError:
        yield "is not plain Python: move the magic or the shell command to another cell"
        return
    if is_first:
        if ast.get_docstring(ast.Module(body, [])) is None:
            yield "must begin with the module's docstring, since it is the first exported cell"
        else:
            body = body[1:]
    for statement in body:
        if isinstance(statement, ast.ImportFrom) and statement.level:
            yield f"must import by full name: `{_first_line(statement)}`"
        elif getattr(statement, "module", None) == "__future__" and not is_first:
            yield f"has `{_first_line(statement)}`: that belongs to the first exported cell"
        elif isinstance(statement, DEFINITIONS):
            visitor = _OnImport()
            visitor.visit(statement)
            for node in visitor.running:
                yield f"runs `{_first_line(node)}` on import: move it to another cell"
        elif not _for_type_checking(statement):
            yield f"runs `{_first_line(statement)}` on import: move it to another cell"


def _for_type_checking(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and ast.unparse(statement.test).endswith("TYPE_CHECKING")


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0]


class _OnImport(ast.NodeVisitor):
    """Collects what runs on import and must not: the bodies of functions run later, or never."""

    def __init__(self) -> None:
        self.running: list[ast.AST] = []

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in (*node.decorator_list, node.args):
            self.visit(part)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit(node.args)

    def visit_Await(self, node: ast.Await) -> None:
        self.running.append(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = ast.unparse(node.func)
        is_function = isinstance(node.func, ast.Name) and name[0].islower()
        if RUNS_SOMETHING.fullmatch(name) or (is_function and name not in MAKES_A_VALUE):
            self.running.append(node)
        self.generic_visit(node)
