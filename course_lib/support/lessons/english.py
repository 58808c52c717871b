"""A rule that tells English texts from others, by their most frequent words."""

import re

STOP_WORDS = frozenset(
    "a about all also an and are as at be because been but by can could did do for from had has "
    "have he her his how i if in into is it its just me more my no not of on one or our out she "
    "so some than that the their them then there they this to up was we were what when which who "
    "why will with would you".split()
)
LEAST_STOP_WORDS = 0.2
WORD = re.compile(r"[^\W\d_]+")


def stop_word_share(text: str) -> float:
    """Return which share of a text's words are English stop words; 0.0 for a text without words."""
    words = WORD.findall(text.lower())
    return sum(word in STOP_WORDS for word in words) / len(words) if words else 0.0


def looks_english(text: str) -> bool:
    """Return whether at least one word in five is an English stop word."""
    return stop_word_share(text) >= LEAST_STOP_WORDS
