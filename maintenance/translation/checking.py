"""What is wrong with the translations: each problem as one text that says what to do.

A translation has its source's structure: the same headings, items and cells of tables, code, links,
numbers and emphasis, and the same diagram with other labels. What it says, only a reader can judge.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from maintenance.translation.building import translation
from maintenance.translation.catalogues import (
    catalogue_path,
    languages,
    read_catalogue,
    template,
)
from maintenance.translation.sources import DIAGRAM, source_paths

MARKDOWN = MarkdownIt("commonmark").enable("table")
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
LABEL = re.compile(r'"[^"]*"|(?<=[\[(])[^\[\](){}"]+(?=[\])])')
CODE = re.compile(r"`[^`]*`")
ADDRESS = re.compile(r"(?<=\])\([^)]*\)|<[^>]*>")
# Chinese is set off from Latin letters, digits and code, and takes its own punctuation.
HAN = "[\u4e00-\u9fff]"
CROWDED = re.compile(rf"{HAN}[A-Za-z0-9`]|[A-Za-z0-9`%]{HAN}|{HAN}[,;:?!]|{HAN}\.(?!\w)")
TERM = re.compile(r"^\| ([a-z][^|]*) \| ([^|]+) \|$", re.MULTILINE)


def check(root: Path) -> list[str]:
    """Return everything that is wrong with the translations below a project's root."""
    return [problem for language in languages(root) for problem in _problems(root, language)]


def _problems(root: Path, language: str) -> Iterator[str]:
    sources = source_paths(root)
    try:
        terms = glossary(root, language)
    except (OSError, ValueError):
        yield f"locale/{language}/glossary.md: is missing, or has no table of terms"
        return
    for source in sources:
        yield from _source_problems(root, language, source, terms)
    wanted = {catalogue_path(root, language, source) for source in sources}
    for path in sorted((root / "locale" / language).rglob("*.po")):
        if path not in wanted:
            yield f"{path.relative_to(root)}: has no English source any more; delete it"
    page = readme(root, language)
    if not page.exists() or page.read_text("utf-8") != readme_text(root, language):
        yield f"{page.name}: differs from its translation; run `make translations`"


def readme(root: Path, language: str) -> Path:
    """Return where the README of a language is: `README.zh-CN.md`."""
    return root / f"README.{language.replace('_', '-')}.md"


def readme_text(root: Path, language: str) -> str:
    """Return the README in another language."""
    return translation(root, language, Path("README.md"))


def _source_problems(
    root: Path, language: str, source: Path, terms: dict[str, list[str]]
) -> Iterator[str]:
    path = catalogue_path(root, language, source).relative_to(root)
    catalogue = read_catalogue(root, language, source)
    wanted = [str(message.id) for message in template(root, source) if message.id]
    for block in wanted:
        message = catalogue.get(block)
        problems: list[str] = []
        if message is None or message.fuzzy:
            problems.append("is new or has changed; run `make translations` and translate it")
        elif not message.string:
            problems.append("has no translation")
        else:
            problems += block_problems(block, str(message.string), terms)
        for problem in problems:
            yield f"{path} ({block.splitlines()[0][:60]}): {problem}"
    for message in catalogue:
        if message.id and message.id not in wanted:
            yield f"{path} ({str(message.id)[:60]}): is gone; run `make translations`"


def glossary(root: Path, language: str) -> dict[str, list[str]]:
    """Return the terms whose translation is fixed, each with what it may be."""
    text = (root / "locale" / language / "glossary.md").read_text(encoding="utf-8")
    first_table = text[text.index("| ---") :].partition("\n\n")[0]
    return {term: words.split("、") for term, words in TERM.findall(first_table)}


def block_problems(block: str, translated: str, terms: dict[str, list[str]]) -> Iterator[str]:
    """Report what a translation of one block changed that it must not change."""
    if block.startswith(DIAGRAM):
        if LABEL.sub("", block) != LABEL.sub("", translated):
            yield "changes the diagram, and not its labels alone"
        elif sorted(NUMBER.findall(block)) != sorted(NUMBER.findall(translated)):
            yield "changes a number in the diagram"
        return
    for name, before, after in zip(
        ("structure", "code", "links", "numbers", "emphasis"),
        _shape(block),
        _shape(translated),
        strict=True,
    ):
        if before != after:
            missing, added = (
                dict(Counter(a) - Counter(b)) for a, b in ((before, after), (after, before))
            )
            yield f"changes its {name}: lacks {missing}, has {added}"
    prose = ADDRESS.sub("", CODE.sub("`", translated))
    for match in CROWDED.finditer(prose):
        place = prose[max(0, match.start() - 9) : match.end() + 9]
        yield f"needs a space, or punctuation of full width: {place}"
    english = ADDRESS.sub("", CODE.sub("", block))
    for term, words in terms.items():
        plural = f"{term}(e?s)?" if not term.endswith("y") else f"{term[:-1]}(y|ies)"
        if re.search(rf"\b{plural}\b", english, re.IGNORECASE) and not any(
            word in translated for word in words
        ):
            yield f"calls '{term}' something else than {' or '.join(words)}"


def _shape(block: str) -> tuple[list[str], ...]:
    """Return what a block consists of: structure in its order, the rest sorted."""
    structure, code, links, numbers, emphasis = [], [], [], [], []

    def look(tokens: list[Token]) -> None:
        for token in tokens:
            if token.type == "inline":
                structure.append("text" if token.content else "nothing")
                look(token.children or [])
            elif token.block:
                structure.append(f"{token.type} {token.tag}")
            if token.type in {"code_inline", "code_block", "fence", "html_block"}:
                code.append(token.content)
            elif token.type in {"link_open", "image", "html_inline"}:
                links.append(str(token.attrGet("href") or token.attrGet("src") or token.content))
            elif token.type in {"strong_open", "em_open"}:
                emphasis.append(token.type)
            elif token.type == "text":
                numbers.extend(NUMBER.findall(token.content))

    look(MARKDOWN.parse(block))
    return structure, sorted(code), sorted(links), sorted(numbers), sorted(emphasis)
