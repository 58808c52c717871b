"""What is translated: the README, the pages in `docs`, and the Markdown cells of the lessons.

A block is what stands between two empty lines: a heading, a paragraph, a whole list, a table. It is
what a translator sees at once, and what becomes stale when one word of it changes.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path

PATTERNS = ("README.md", "docs/*.md", "notebooks/*.ipynb")
# A fence with its code is one block, and so is a comment, whatever stands in it.
BLOCK = re.compile(
    r"^ *(?P<fence>`{3,}|~{3,})[^`\n]*\n.*?^ *(?P=fence)|<!--.*?-->"
    r"|[^\S\n]*\S.*?(?=\s*\n\s*\n|\n *(?:```|~~~)|\s*\Z)",
    re.MULTILINE | re.DOTALL,
)
DIAGRAM = "```mermaid"


def source_paths(root: Path) -> list[Path]:
    """Return the files that are translated, relative to the project's root."""
    return [path.relative_to(root) for pattern in PATTERNS for path in sorted(root.glob(pattern))]


def texts(file: Path) -> list[str]:
    """Return a page's text, or the texts of a lesson's Markdown cells."""
    content = file.read_text(encoding="utf-8")
    if file.suffix != ".ipynb":
        return [content]
    cells = json.loads(content)["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


def blocks(text: str) -> list[str]:
    """Return the blocks of a text that are translated; code and comments are not."""
    return [match[0] for match in BLOCK.finditer(text) if _is_prose(match[0])]


def _is_prose(block: str) -> bool:
    if block.lstrip().startswith(("```", "~~~", "<!--")):
        return block.startswith(DIAGRAM)
    return any(map(str.isalpha, block))


def translated(file: Path, translate: Callable[[str], str]) -> str:
    """Return a source with each block replaced by what `translate` makes of it."""

    def replace(match: re.Match[str]) -> str:
        return translate(match[0]) if _is_prose(match[0]) else match[0]

    content = file.read_text(encoding="utf-8")
    if file.suffix != ".ipynb":
        return BLOCK.sub(replace, content)
    lesson = json.loads(content)
    for cell in lesson["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = BLOCK.sub(replace, "".join(cell["source"])).splitlines(keepends=True)
    return json.dumps(lesson, ensure_ascii=False, indent=1) + "\n"
