"""What a translation must not change, and that a changed English text makes it stale."""

import json
from pathlib import Path

import pytest

from maintenance.translation.building import build
from maintenance.translation.catalogues import catalogue_path, update
from maintenance.translation.checking import block_problems, check, readme, readme_text
from maintenance.translation.sources import blocks

ROOT = Path(__file__).parents[1]
DIAGRAM = '```mermaid\nflowchart LR\n    a([client]) -- "asks" --> b["model"]\n```'
PAGE = "# A page\n\nA batch of 8 in `two` [lines](LICENSE).\n\n```bash\nmake run\n```\n"
PO = 'msgid "# A page"\nmsgstr "# 一页"\n\n' + (
    'msgid "A batch of 8 in `two` [lines](LICENSE)."\nmsgstr "`two` 里的一批 8 [行](LICENSE)。"\n'
)


@pytest.mark.parametrize(
    ("block", "translated", "problem"),
    [
        ("## A heading", "# 标题", "structure"),
        ("- one\n- two", "- 一\n- 二\n- 三", "structure"),
        ("| a | b |\n| - | - |\n| c | d |", "| 甲 | 乙 |\n| - | - |\n| 丙 |", "structure"),
        ("Text:\n\n    run 1", "文字：\n\n    run 2", "code"),
        ("Set `a` to 1.", "把 `b` 设为 1。", "code"),
        ("Read [this](a.md).", "读[这个](b.md)。", "links"),
        ("Half of 1,000.", "10,000 的一半。", "numbers"),
        ("It is *here*.", "在**这里**。", "emphasis"),
        ("It is **here**, he says.", "他说**“在这里”**的。", "emphasis"),
        (DIAGRAM, DIAGRAM.replace("asks", "提问").replace("client", "客户端"), None),
        (DIAGRAM, DIAGRAM.replace("-->", "<--"), "diagram"),
        (DIAGRAM, DIAGRAM.replace("asks", "8 次"), "number"),
        ("Ray does it.", "Ray来做。", "space"),
        ("Yes, it does.", "是的,能做。", "full width"),
        ("A replica dies.", "复制品死了。", "replica"),
        ("A replica dies.", "副本死了。", None),
        ("`replica` it is.", "就是 `replica`。", None),
        ("Two proxies.", "两个中介。", "proxy"),
    ],
)
def test_what_a_translation_changes(block: str, translated: str, problem: str | None) -> None:
    found = list(block_problems(block, translated, {"replica": ["副本"], "proxy": ["代理"]}))
    assert len(found) == (0 if problem is None else 1), found
    assert problem is None or problem in found[0]


def test_the_blocks_of_a_text() -> None:
    code = "````text\n```\n\nnot prose\n````"
    text = (
        f"# A\n \nTwo\nlines.\n\n<!-- a\n\ncomment -->\n{code}\nMore.\n\n~~~\na\n\nb\n~~~\n\nEnd.\n"
    )
    assert blocks(text) == ["# A", "Two\nlines.", "More.", "End."]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one page, translated."""
    (tmp_path / "README.md").write_text(PAGE)
    (tmp_path / "locale/zh_CN").mkdir(parents=True)
    (tmp_path / "locale/zh_CN/glossary.md").write_text("| --- | --- |\n| batch | 批 |\n")
    catalogue_path(tmp_path, "zh_CN", Path("README.md")).write_text(PO)
    update(tmp_path, "zh_CN")
    readme(tmp_path, "zh_CN").write_text(readme_text(tmp_path, "zh_CN"))
    return tmp_path


def test_a_page_in_chinese(project: Path) -> None:
    assert check(project) == []
    text = readme(project, "zh_CN").read_text()
    assert text == "# 一页\n\n`two` 里的一批 8 [行](LICENSE)。\n\n```bash\nmake run\n```\n"


@pytest.mark.parametrize("updates", range(3))
def test_a_changed_sentence_makes_its_translation_stale(project: Path, updates: int) -> None:
    (project / "README.md").write_text(PAGE.replace("batch of 8", "batch of 9"))
    for _ in range(updates):  # the old translation stays
        update(project, "zh_CN")
        assert "一批 8" in catalogue_path(project, "zh_CN", Path("README.md")).read_text()
    assert any(
        "(A batch of 9" in problem and "has changed" in problem for problem in check(project)
    )
    assert "A batch of 9" in readme_text(project, "zh_CN")
    if updates:
        catalogue = catalogue_path(project, "zh_CN", Path("README.md"))
        mended = catalogue.read_text().replace("#, fuzzy\n", "").replace("一批 8", "一批 9")
        catalogue.write_text(mended)
        update(project, "zh_CN")
        assert catalogue.read_text() == mended


def test_a_sentence_that_is_gone_or_has_no_translation(project: Path) -> None:
    (project / "README.md").write_text("# A page\n\nMore.\n")
    problems = check(project)
    assert any("(More.): is new" in problem for problem in problems)
    assert any("(A batch of 8" in problem and "is gone" in problem for problem in problems)
    update(project, "zh_CN")
    assert any("(More.)" in problem for problem in check(project))


def test_what_has_no_source_and_a_language_without_a_glossary(project: Path) -> None:
    orphan = project / "locale/zh_CN/docs/gone.po"
    orphan.parent.mkdir()
    orphan.touch()
    (project / "locale/de").mkdir()
    problems = check(project)
    assert any("gone.po: has no English source" in problem for problem in problems)
    assert any("locale/de/glossary.md" in problem for problem in problems)


def test_a_readme_that_was_edited(project: Path) -> None:
    readme(project, "zh_CN").write_text("# 另一页\n")
    assert any("README.zh-CN.md: differs" in problem for problem in check(project))


def test_lessons_in_chinese_have_the_same_code_and_keep_answers(tmp_path: Path) -> None:
    assert build(ROOT, "zh_CN", tmp_path) == []
    for english in sorted(ROOT.glob("notebooks/*.ipynb")):
        chinese = tmp_path / "notebooks" / english.name
        cells, translated = (json.loads(path.read_text())["cells"] for path in (english, chinese))
        assert [cell["id"] for cell in cells] == [cell["id"] for cell in translated]
        for cell, other in zip(cells, translated, strict=True):
            assert cell == other or cell["cell_type"] == "markdown"
        assert "## 练习" in chinese.read_text()
    assert build(ROOT, "zh_CN", tmp_path) == []  # what nobody touched is written anew
    chinese.write_text("an answer")
    assert build(ROOT, "zh_CN", tmp_path) == [chinese]
    assert chinese.read_text() == "an answer"
    assert (tmp_path / "deploy/prometheus.yml").exists()  # what lesson 13 reads
