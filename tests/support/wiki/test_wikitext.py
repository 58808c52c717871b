"""What wikitext says: as plain text, links, categories, disambiguation."""

import re
import time

import pytest

from course_lib.support.wiki.database import WikipediaDatabase
from course_lib.support.wiki.title import InvalidTitle, parse_title, title_in_url
from course_lib.support.wiki.wikitext import Article, parse_wikitext
from course_lib.support.wiki.wikitext_disambiguation import disambiguation_options
from course_lib.support.wiki.wikitext_math import math_text


def parse(wikitext: str) -> Article:
    return parse_wikitext(wikitext, "This page")


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("'''Bold''' and ''italic'' and '''''both'''''.", "Bold and italic and both."),
        ("A [[link]], a [[target|label]], [[plural]]s.", "A link, a label, plurals."),
        ("A[[File:A.jpg|thumb|A [[nested]] caption]] picture.", "A picture."),
        ("See [[:Category:Rivers]].[[Category:Rivers]]", "See Category:Rivers."),
        ("The [[wikt:word|word]].\n[[de:Wort]]", "The word."),
        ("Site [http://example.org name] or [http://example.org].", "Site name or."),
        ("One<ref>a</ref>, two<ref name=b/>.<ref name=c>''open</ref>", "One, two."),
        ("Before <!-- a comment --> after.", "Before after."),
        ("A&nbsp;B &ndash; C &amp; D&thinsp;E", "A B – C & D E"),
        ("&#65; &#0; &#1; &#xD800; &#x110000;", "A &#0; &#1; &#xD800; &#x110000;"),
        ("H<sub>2</sub>O, 10<sup>6</sup>, n<sup>th</sup>", "H2O, 10⁶, nth"),
        ("Top\n{| class=x\n|-\n! a\n| '''b\n|}\nBottom", "Top\nBottom"),
        ("Top\n{|\n| a\n{|\n| b\n|}\n|}\nBottom", "Top\nBottom"),
        ("Top\n<gallery>\nA.jpg|x\n</gallery>\nBottom", "Top\nBottom"),
        ("Top<div class=x>box</div> end", "Top end"),
        ("* one\n** two\n# three\n: four", "one\ntwo\nthree\nfour"),
        ("; term : definition", "term\ndefinition"),
        ("a\nb\n\n\nc", "a\nb\nc"),
        ("Name ({{IPAc-en|n|eɪ|m}}; born 1900)", "Name (born 1900)"),
        ("Name ({{IPA-de|x}}, {{respell|NAME}}) is", "Name is"),
        ("Name ({{lang-de|Wort}}, {{audio|x.ogg|listen}})", "Name (German: Wort)"),
        ("{{lang|de|Wort}}, {{transl|ar|ALA|wāḥid}}", "Wort, wāḥid"),
        ("{{convert|10|km|mi}}, {{convert|1200|to|1300|m|ft}}", "10 km, 1,200 to 1,300 m"),
        ("{{convert|6|ft|2|in|m}}, {{convert|5|mi|adj=on}}", "6 feet 2 inches, 5-mile"),
        ("{{convert|22|e6acre}}", "22 million acres"),
        ("{{convert|2|koilbbl/d|m3}}", "2 thousand barrels per day"),
        ("{{circa|1800}}, {{As of|2015|6|30}}", "c. 1800, As of 30 June 2015"),
        ("{{as of|2009|lc=y}}, {{as of|2009|since=y}}", "as of 2009, Since 2009"),
        ("{{birth date|1788|02|22|df=y}}", "22 February 1788"),
        ("{{birth date|1788|2|22}}", "February 22, 1788"),
        ("{{nowrap|not {{small|broken}}}}, {{frac|1|2}}, {{frac|3}}", "not broken, 1/2, 1/3"),
        ("{{Nihongo|Aikido|合気道|Aikidō}}", "Aikido (合気道, Aikidō)"),
        ("{{chem|H|2|O}}, {{val|1.5|e=18|u=m}}, {{sc|bc}}", "H2O, 1.5×10¹⁸ m, BC"),
        ("1{{ndash}}2{{'}}s {{spaced ndash}} {{·}} {{sic}}", "1–2's – · [sic]"),
        ("''Iliad'''s end", "Iliad's end"),
        ("{{infobox|name=x}}{{unknown|text}}Text{{citation needed|date=x}}.", "Text."),
        ("{{formatnum:12345}}", "12,345"),
        ("__NOTOC__Text__NOEDITSECTION__", "Text"),
        ("Area <math>\\frac{a+b}{2} \\cdot \\pi r^2</math>.", "Area (a+b)/2 · π r^2."),
        ("<nowiki>[[x]]</nowiki>", "x"),
        ("", ""),
    ],
)  # fmt: skip
def test_plain_text(wikitext: str, text: str) -> None:
    assert parse(wikitext).extract == text


def test_headings_divide_introduction_and_rest() -> None:
    article = parse("Intro.\n\n== One ==\n\nText.\n===Two===\n== Empty ==\n")
    assert article.intro == "Intro."
    assert article.rest == "== One ==\nText.\n\n\n=== Two ===\n\n\n== Empty =="
    assert article.extract.startswith("Intro.\n\n\n== One ==\nText.\n\n\n=== Two ===")


def test_an_article_may_begin_with_a_heading() -> None:
    article = parse("== One ==\nText.")
    assert (article.intro, article.rest) == ("", "== One ==\nText.")


def test_a_table_that_is_never_closed_ends_with_its_section() -> None:
    assert parse("A\n{|\n| x\n== B ==\nC").extract == "A\n\n\n== B ==\nC"


def test_a_bibliography_in_columns_is_left_out() -> None:
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
        "[[Category:Z|key]] [[category: a]]"
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


@pytest.mark.parametrize("template", ["disambiguation|geo", "Disambig", "dab", "hndis", "geodis"])
def test_disambiguation_pages(template: str) -> None:
    assert parse(f"* [[A]]\n{{{{{template}}}}}").is_disambiguation


@pytest.mark.parametrize("template", ["surname", "other uses|A (disambiguation)", "distinguish|A"])
def test_pages_that_are_not_for_disambiguation(template: str) -> None:
    assert not parse(f"{{{{{template}}}}}Text").is_disambiguation


def test_the_options_of_a_disambiguation_page() -> None:
    options = disambiguation_options(
        "'''A''' is [[the letter]].\nIt may be:\n* [[A (river)]], in [[Norway]]\n"
        "** ''[[A (film)|A]]'', a film\n* nothing\n* [[wikt:a]], [[File:A.jpg]] [[a (album)#x|]]\n"
    )
    assert [(option.title, option.label) for option in options] == [
        ("A (river)", "A (river)"),
        ("A (film)", "A"),
        ("A (album)", "a (album)#x"),
    ]
    assert options[1].description == "A, a film"


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\frac{1}{n}\sum_{i=1}^n a_i", "1/n∑_(i=1)^n a_i"),
        (r"K_a = \frac{[\mbox{H}^+]}{[\mbox{HA}]}", "K_a = [H^+]/[HA]"),
        (r"\frac{\text{between all}}{{x}}", "(between all)/x"),
        (r"\{1,2\} \in \bar{x}", "{1,2} ∈ x̄"),
        (r"\begin{align} a &= b \\ c \end{align}", "a = b c"),
        (r"} x {", "x"),
        ("\\", ""),
    ],
)
def test_formulas(tex: str, text: str) -> None:
    assert math_text(tex) == text


def test_no_article_shows_markup(database: WikipediaDatabase) -> None:
    """All 106 articles, each of them in full."""
    leftovers = re.compile(
        r"\{\{|\}\}|\[\[|\]\]|\{\||\|\}|<ref|</|<!--|-->|''|\|thumb|thumb\||\d+px\||style="
        r"|__[A-Z]+__|\( ?\)|\( ?[,;]|[,;] ?\)|\[ ?\]| ,|,,|;;|&\w+;|[\u00a0\u200b]|  |^ | $"
        r"|Category:|\bcite web",
        re.MULTILINE,
    )
    rows = database.connection.execute("SELECT title, intro || char(10) || rest FROM article")
    articles = rows.fetchall()
    assert len(articles) == 106
    found = [
        (title, text[max(0, match.start() - 40) : match.end() + 40])
        for title, text in articles
        for match in leftovers.finditer(text)
    ]
    assert found == []


def test_articles_have_all_their_text(database: WikipediaDatabase) -> None:
    """None lost half of itself to broken markup: sections of the source are in the extract."""
    for page_id, title in database.connection.execute("SELECT page_id, title FROM article"):
        source = re.sub(r"<!--.*?-->", "", database.wikitext(page_id), flags=re.DOTALL)
        sections = len(re.findall(r"^==[^=].*==\s*$", source, re.MULTILINE))
        intro, rest = database.extract(page_id)
        assert len(re.findall(r"^== .* ==$", rest, re.MULTILINE)) == sections, title
        assert intro or title == "List of anthropologists", title


@pytest.mark.parametrize(
    "piece",
    ["(", " ", "{{", "[[", "'", "<ref>", "<!--", "{|\n", "=", ": ", ", ", "<gallery>", "(,", "or ",
     "= x =\n", "\n", "* ", "&lt;"],
)  # fmt: skip
def test_hostile_wikitext_takes_no_time(piece: str) -> None:
    started = time.perf_counter()
    parse(piece * 3_000)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("text", "title", "namespace"),
    [
        ("albert_einstein", "Albert einstein", 0),
        ("  a \u00a0 b_", "A b", 0),
        (":Algeria", "Algeria", 0),
        ("talk: foo", "Talk:Foo", 1),
        ("Alien: Covenant", "Alien: Covenant", 0),
        ("A&amp;B", "A&B", 0),
        ("\u200eA\u202e", "A", 0),
        ("Cafe\u0301", "Café", 0),
        ("A#b", "A", 0),
    ],
)
def test_titles(text: str, title: str, namespace: int) -> None:
    found = parse_title(text, {"Talk": 1})
    assert (found.text, found.namespace) == (title, namespace)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("Talk:", "empty"),
        ("a<b", 'invalid characters: "<"'),
        ("a\nb", "invalid characters"),
        ("%41", 'invalid characters: "%41"'),
        ("../a", "relative path"),
        ("a~~~", "tilde"),
        ("ä" * 128, "too long"),
        ("a\ufffd", "UTF-8"),
    ],
)
def test_invalid_titles(text: str, reason: str) -> None:
    with pytest.raises(InvalidTitle, match=reason):
        parse_title(text, {"Talk": 1})


def test_a_site_can_tell_small_from_capital_letters() -> None:
    assert parse_title("word", first_letter=False).text == "word"


def test_titles_in_addresses() -> None:
    assert title_in_url("AC/DC & Ä?") == "AC/DC_%26_%C3%84%3F"
