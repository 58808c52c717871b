"""What wikitext says: as plain text, links, categories, disambiguation."""

import json
import re
import time
from pathlib import Path

import pytest

from course_lib.support.wiki.dump import Dump, embedded_dump
from course_lib.support.wiki.title import MAIN_NAMESPACE
from course_lib.support.wiki.wikitext import ParsedArticle, parse_wikitext
from course_lib.support.wiki.wikitext_math import math_text

CASES = Path(__file__).with_name("wikitext_cases.jsonl").read_text("utf-8").splitlines()
NAMESPACES = {"Vorlage": 10}


def parse(wikitext: str) -> ParsedArticle:
    return parse_wikitext(wikitext, "This page", NAMESPACES)


@pytest.mark.parametrize("case", [*map(json.loads, CASES)], ids=lambda case: case["input"][:40])
def test_plain_text(case: dict[str, str]) -> None:
    assert parse(case["input"]).extract == case["want"]


def test_headings_divide_introduction_and_rest() -> None:
    article = parse("Intro.\n\n== One ==\n\nText.\n===Two===\n== Empty ==\n")
    assert article.intro == "Intro."
    assert article.rest == "== One ==\nText.\n\n\n=== Two ===\n\n\n== Empty =="
    assert article.extract.startswith("Intro.\n\n\n== One ==\nText.\n\n\n=== Two ===")


def test_an_article_may_begin_with_a_heading() -> None:
    article = parse("== One ==\nText.")
    assert (article.intro, article.rest) == ("", "== One ==\nText.")


def test_what_is_never_closed_ends_with_its_section() -> None:
    assert parse("A\n{|\n| x\n== B ==\nC").extract == "A\n\n\n== B ==\nC"
    assert parse("A\n{{refbegin}}\n* Book\n{{refend}}\nB").extract == "A\nB"
    assert parse("A\n{{refbegin}}\n* Book\n== B ==\nC").extract == "A\n\n\n== B ==\nC"


def test_a_cited_work_in_a_list() -> None:
    wikitext = "* {{cite book|last=Doe|first=Ann|year=1999|title=''Rivers''|publisher=Press}}"
    assert parse(wikitext).extract == "Doe, Ann (1999). Rivers. Press."


def test_links_and_categories() -> None:
    article = parse(
        "[[b]] [[B#x|again]] [[Talk:A]] [[this page]] [[This page#x]] [[File:A.jpg|[[in caption]]]]"
        "[[de:X]] [[wikt:Y|y]] {{main|Hat note}} <ref>[[in reference]]</ref> [[a<b]] [[#below]]"
        "\n{|\n| [[in table|'''x]]\n|}\n<!-- [[commented]] -->[[:Category:Seen]]"
        "[[Category:Z|key]] [[category: a]] <nowiki>[[no link]]</nowiki>"
    )
    assert article.links == (
        (0, "B"),
        (0, "Hat note"),
        (0, "In caption"),
        (0, "In reference"),
        (0, "In table"),
        (0, "This page"),
        (1, "Talk:A"),
        (14, "Category:Seen"),
    )
    assert article.categories == ("A", "Z")


@pytest.mark.parametrize(
    "template",
    ["disambiguation|geo", "Disambig", "dab", "hndis", "geodis", "school disambiguation", "mathdab",
     "Template:Disambiguation", "disambiguation cleanup", "Begriffsklärung", "Homonymie", "消歧义"],
)  # fmt: skip
def test_disambiguation_pages(template: str) -> None:
    assert parse(f"* [[A]]\n{{{{{template}}}}}").options is not None


@pytest.mark.parametrize(
    "wikitext",
    ["{{surname}}", "{{other uses|A (disambiguation)}}", "{{distinguish|A}}",
     "{{disambiguation needed|date=x}}", "{{x|{{dab}}}}", "{{dabble}}"],
)  # fmt: skip
def test_pages_that_are_not_for_disambiguation(wikitext: str) -> None:
    article = parse(f"{wikitext}\n* [[A]]")
    assert article.options is None


def test_the_options_of_a_disambiguation_page() -> None:
    options = parse(
        "'''A''' is [[the letter]].\nIt may be:\n* [[A (river)]], in [[Norway]] <ref>x</ref>\n"
        "** ''[[A (film)|A]]'', a film\n* nothing\n* [[wikt:a]], [[File:A.jpg]] [[a (album)#x|]]\n"
        "__DISAMBIG__"
    ).options
    assert options == [
        ("A (river)", "A (river)"),
        ("A (film)", "A"),
        ("A (album)", "a (album)#x"),
    ]


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\frac{1}{n}\sum_{i=1}^n a_i", "1/n∑_(i=1)^n a_i"),
        (r"K_a = \frac{[\mbox{H}^+]}{[\mbox{HA}]}", "K_a = [H^+]/[HA]"),
        (r"{a+b \over c}", "(a+b)/c"),
        (r"\binom{n}{k+1}", "(n over k+1)"),
        (r"\frac{\text{between all}}{{x}}", "(between all)/x"),
        (r"\{1,2\} \in \mathbf{x}", "{1,2} ∈ x"),
        (r"\begin{align} a &= b \\ c \end{align}", "a = b c"),
        (r"\begin{matrix}\end{matrix} x", "x"),
        (r"} x {", "x"),
        (r"\frac{a", "a"),
        ("\\", ""),
        ("{" * 5_000, ""),
    ],
)
def test_formulas(tex: str, text: str) -> None:
    assert math_text(tex) == text


def test_years_are_counted_until_the_revision_and_not_until_today() -> None:
    wikitext = "He is {{age|1969|7|20}}."
    assert parse_wikitext(wikitext, "A", timestamp="2016-04-01T00:00:00Z").extract == "He is 46."
    assert parse_wikitext(wikitext, "A", timestamp="2020-07-20T00:00:00Z").extract == "He is 51."


@pytest.mark.parametrize(
    "template",
    ["age|99999", "age|x", "age", "death year and age|1950|x", "death year and age||x", "coord|N|E",
     "pop density|nan|2|km2", "pop density|1", "convert", "convert|x", "val", "frac", "ordinal|",
     "formatnum:", "birth date|x|y|z", "as of", "lang", "sic", "zh", "ill", "cite web", "langx|de"],
)  # fmt: skip
def test_a_template_with_odd_arguments_stops_no_import(template: str) -> None:
    assert parse(f"A {{{{{template}}}}} b.").extract.startswith("A")


@pytest.fixture(scope="module")
def articles() -> list[tuple[str, ParsedArticle]]:
    """All 106 articles of the embedded dump, each with its source."""
    with Dump(embedded_dump()) as dump:
        return [
            (wikitext, parse_wikitext(wikitext, page.title, dump.site.namespaces))
            for page, namespace, wikitext in dump
            if namespace == MAIN_NAMESPACE and page.redirect_to is None
        ]


def test_no_article_shows_markup(articles: list[tuple[str, ParsedArticle]]) -> None:
    leftovers = re.compile(
        r"\{\{|\}\}|\[\[|\]\]|\{\||\|\}|<ref|</|<!--|-->|''|\|thumb|thumb\||\d+px\||style="
        r"|__[A-Z]+__|\( ?[,;]|[\ufdd0-\ufdef]|&\w+;|[\u00a0\u200b]|  |^ | $|Category:|\bcite web",
        re.MULTILINE,
    )
    assert len(articles) == 106
    found = [
        article.extract[max(0, match.start() - 40) : match.end() + 40]
        for _, article in articles
        for match in leftovers.finditer(article.extract)
    ]
    assert found == []


def test_articles_have_all_their_text(articles: list[tuple[str, ParsedArticle]]) -> None:
    """None lost half of itself to broken markup: sections of the source are in the extract."""
    for wikitext, article in articles:
        source = re.sub(r"<!--.*?-->", "", wikitext, flags=re.DOTALL)
        sections = len(re.findall(r"^==[^=].*==\s*$", source, re.MULTILINE))
        assert len(re.findall(r"^== .* ==$", article.rest, re.MULTILINE)) == sections, wikitext[:99]
    assert sum(not article.intro for _, article in articles) == 1


@pytest.mark.parametrize(
    "piece",
    ["(", " ", "{{", "[[", "'", "''a'''", "<ref>", "<!--", "{|\n", "=", ": ", ", ", "<gallery>",
     "or ", "= x =\n", "\n", "* ", "&lt;", "<ref/>", "(<ref/>", "<ref name=", "<a ", "{{x|", "-{a|",
     "{{convert|1|to|", "[[File:a|", "__ä_", "<pre>", "</ref", "<b>", "]]", "<math>{</math>", "(,",
     "|a=\n"],
)  # fmt: skip
def test_hostile_wikitext_takes_no_time(piece: str) -> None:
    started = time.perf_counter()
    parse(piece * 4_000)
    assert time.perf_counter() - started < 60
