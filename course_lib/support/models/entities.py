"""From labelled tokens to the names of an article: pure functions, no model.

A token classifier labels pieces of words, and the embedded one does not see upper case. A name
here is made of whole words, spelled as the text spells them: tokens only say where it is. Since
English writes names with capitals, what the text writes small is no name, whatever the model says.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypedDict


class Token(NamedTuple):
    """A piece of a sentence, `sentence[start:end]`, and the likeliest label with its probability.

    The label is "O", or "B-" (a name starts here) or "I-" before PER, ORG or LOC.
    """

    start: int
    end: int
    label: str
    score: float


class Entity(TypedDict):
    """A name of an article: PER (a person), ORG (an organisation) or LOC (a place)."""

    text: str
    label: str
    score: float


_WORD = re.compile(r"\w+")
# Small words with which a name may start: Ludwig van Beethoven may be called van Beethoven.
_PARTICLES = frozenset("al bin da de del della den der di du ibn la le van von".split())
_ABBREVIATION = re.compile(r"(?:\w\.)+\w|(?:\w+[. ])*(?:Jr|Sr|Inc|Co|Corp|Ltd|Bros)")


def find_entities(
    sentences: Sequence[str],
    tokens: Sequence[Sequence[Token]],
    threshold: float,
    max_entities: int,
) -> list[Entity]:
    """The names in an article's sentences, the surest first.

    Mentions that differ in capitals alone are one name, in its most frequent spelling and with its
    most frequent label. A name's score is the mean over its mentions: one doubtful mention among
    many sure ones counts for little, and many doubtful ones do not add up. Of names with the same
    score (to three digits) the more often mentioned comes first, then the earlier.

    Args:
        sentences: the texts.
        tokens: of each sentence, its tokens in order, as `models.load_entities()` gives them.
        threshold: the least score of an entity, 0 to 1.
        max_entities: how many to return at most.
    """
    mentions: dict[str, list[Entity]] = {}
    for sentence, labelled in zip(sentences, tokens, strict=True):
        for mention in _mentions(sentence, labelled):
            mentions.setdefault(mention["text"].casefold(), []).append(mention)
    ranked = sorted(
        ((_merge(same), len(same)) for same in mentions.values()),
        key=lambda entry: (-entry[0]["score"], -entry[1]),
    )
    return [entity for entity, _ in ranked if entity["score"] >= threshold][:max_entities]


def _merge(mentions: Sequence[Entity]) -> Entity:
    """One entity out of all mentions of a name."""

    def most_frequent(values: Iterable[str]) -> str:
        return Counter(values).most_common(1)[0][0]

    return Entity(
        text=most_frequent(mention["text"] for mention in mentions),
        label=most_frequent(mention["label"] for mention in mentions),
        score=round(sum(mention["score"] for mention in mentions) / len(mentions), 3),
    )


def _mentions(sentence: str, tokens: Sequence[Token]) -> Iterator[Entity]:
    """The names in one sentence, in order."""
    for run in _runs(_words(sentence, tokens)):
        start, end = _tidy(sentence, run[0].start, run[-1].end)
        if start < end:
            score = sum(word.score for word in run) / len(run)
            yield Entity(text=sentence[start:end], label=run[0].label[2:], score=score)


def _words(sentence: str, tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens joined to whole words: a word has the label of its first piece."""
    end = 0
    for token in tokens:
        if token.start < end:  # A further piece of the word before.
            continue
        # Some tokenizers count the space before a word as its first character.
        start = token.start + len(sentence[token.start : token.end])
        start -= len(sentence[token.start : token.end].lstrip())
        word = _WORD.match(sentence, start)
        end = word.end() if word else token.end
        yield Token(start, end, token.label, token.score)


def _runs(words: Iterable[Token]) -> Iterator[list[Token]]:
    """The stretches of words that belong to one name."""
    run: list[Token] = []
    for word in words:
        if run and word.label == f"I-{run[0].label[2:]}":
            run.append(word)
            continue
        if run:
            yield run
        run = [] if word.label == "O" else [word]
    if run:
        yield run


def _tidy(sentence: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without what does not belong to a name at its edges; empty if nothing is left.

    Taken away: punctuation, but not the period of an abbreviation; words written small, but not
    particles; "the", or "The" where it starts the sentence; and a lone letter.
    """
    words = list(_WORD.finditer(sentence, start, end))
    while words and not _is_name_start(words[0].group(), words[0].start() == 0):
        words.pop(0)
    while words and not _has_capital(words[-1].group()):
        words.pop()
    if not any(_has_capital(word.group()) for word in words):
        return 0, 0
    start, end = words[0].start(), words[-1].end()
    if end - start == 1:  # A lone letter is an initial that lost its name, or a symbol.
        return 0, 0
    if sentence[end : end + 1] == "." and _ABBREVIATION.fullmatch(sentence[start:end]):
        end += 1
    return start, end


def _is_name_start(word: str, starts_sentence: bool) -> bool:
    if word == "the" or (word == "The" and starts_sentence):
        return False
    return _has_capital(word) or word in _PARTICLES


def _has_capital(word: str) -> bool:
    return any(character.isupper() or character.isdigit() for character in word)
