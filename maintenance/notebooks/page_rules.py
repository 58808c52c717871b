"""What else makes a notebook fit to publish: its file, its Markdown, and its last cell."""

import ast
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from maintenance.notebooks.reading import Cell, Notebook

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"!\[|<img\b", re.IGNORECASE)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)|^ *\[[^\]]+\]: *(\S+)", re.MULTILINE)


def page_problems(notebook: Notebook) -> Iterator[str]:
    """Report what is wrong with a notebook's file, its Markdown or its end."""
    yield from _file_problems(notebook)
    for cell in notebook.markdown_cells:
        yield from _markdown_problems(notebook, cell)
    code_cells = notebook.code_cells
    if any(map(_imports_ray, code_cells)) and "ray.shutdown" not in code_cells[-1].calls:
        yield code_cells[-1].problem("must clean up, as the last cell: `ray.shutdown()`")


def _file_problems(notebook: Notebook) -> Iterator[str]:
    metadata = notebook.node.metadata
    ids = [cell.node.id for cell in notebook.cells]
    for cell in notebook.cells:
        if ids.count(cell.node.id) > 1:
            yield cell.problem("shares its id with another cell; give each its own")
        for key in sorted(cell.node.metadata.keys() - {"tags", "jupyter"}):
            yield cell.problem(f"has metadata {key}, which a tool left behind; remove it")
    for key in sorted(metadata.keys() - {"kernelspec", "language_info"}):
        yield notebook.problem(f"has metadata {key}, which a tool left behind; remove it")
    if metadata.get("kernelspec") != KERNEL:
        yield notebook.problem(f"must name the kernel that every machine has: {KERNEL}")


def _markdown_problems(notebook: Notebook, cell: Cell) -> Iterator[str]:
    text = CODE.sub("", cell.source)
    if PICTURE.search(text):
        yield cell.problem("shows a picture file; draw it with Mermaid, or plot it in a cell")
    for match in LINK.finditer(text):
        target = urlsplit(match[1] or match[2])
        if target.scheme or target.netloc or not target.path:
            continue
        file = (notebook.path.parent / unquote(target.path)).resolve()
        if not file.exists() or not file.is_relative_to(notebook.root):
            yield cell.problem(f"links to {target.path}, which is not in the project")


def _imports_ray(cell: Cell) -> bool:
    return any(
        isinstance(node, ast.Import | ast.ImportFrom)
        and re.match(r"(import|from) ray\b", ast.unparse(node))
        for node in ast.walk(cell.tree)
    )
