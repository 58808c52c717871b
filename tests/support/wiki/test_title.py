"""Titles: their normal form, the sites and namespaces they name, and what is no title."""

import pytest

from course_lib.support.wiki.title import InvalidTitle, parse_title, title_in_url


@pytest.mark.parametrize(
    ("text", "title", "namespace"),
    [
        ("albert_einstein", "Albert einstein", 0),
        ("  a \u00a0 b_", "A b", 0),
        (":Algeria", "Algeria", 0),
        ("talk: foo", "Talk:Foo", 1),
        ("Alien: Covenant", "Alien: Covenant", 0),
        ("re:publica", "Re:publica", 0),
        ("A&amp;B", "A&B", 0),
        ("\u200eA\u202e", "A", 0),
        ("Cafe\u0301", "Café", 0),
        ("A#b", "A", 0),
        ("Bild:a.jpg", "File:A.jpg", 6),
        ("Tập tin:a.jpg", "File:A.jpg", 6),
        ("分类:河流", "Category:河流", 14),
        # One letter for one: none becomes two, Georgian has no capitals here, digits stay.
        ("ßeta", "ßeta", 0),
        ("ŉ", "ŉ", 0),
        ("ǆ", "ǅ", 0),
        ("თბილისი", "თბილისი", 0),
        ("ⅰ", "ⅰ", 0),
        ("élan", "Élan", 0),
    ],
)
def test_titles(text: str, title: str, namespace: int) -> None:
    found = parse_title(text, {"Talk": 1})
    assert (found.text, found.namespace) == (title, namespace)


@pytest.mark.parametrize(
    ("text", "interwiki", "is_language"),
    [
        ("de:Wort", "de", True),
        ("De:Wort", "de", True),
        ("zh-min-nan:Jī", "zh-min-nan", True),
        ("simple:Word", "simple", True),
        ("wikt:word", "wikt", False),
        ("xyz:word", "", False),
    ],
)
def test_prefixes_of_other_wikis(text: str, interwiki: str, is_language: bool) -> None:
    found = parse_title(text)
    assert (found.interwiki, found.is_language_link) == (interwiki, is_language)


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
