"""Two lists of English words, and the side that a sentence takes by them.

Written by hand for encyclopedic text. They know nothing of irony, and each word counts the same.
"""

import re

POSITIVE_WORDS = frozenset(
    """
admired award awarded awards beautiful beauty beloved best better brilliant celebrated charity
comfort courage creative delight effective elegant enjoy enjoyed excellent fame famous favorite
favourite fine freedom friend friends friendship generous genius gift good great greatest happiness
happy harmony healthy help helped helpful hero honest honor honored honour hope humor improve
improved joy kind laugh liberty love loved lovely masterpiece noble outstanding peace peaceful
perfect pleasant pleasure popular positive praise praised pride prize prosperity proud respected
rich safe splendid strength success successful successfully superb sweet talent talented triumph
victory virtue warm welcome welcomed win winner winning wisdom wise won wonderful
""".split()
)
NEGATIVE_WORDS = frozenset(
    """
abuse accident afraid anger angry assassinated assassination attack attacked attacks awful bad
battle betrayed blame boring brutal catastrophe collapse conflict corruption crime crimes criminal
crisis criticism criticized cruel cruelty damage damaged danger dangerous dead death deaths defeat
defeated destroy destroyed destruction difficult disaster disease disorder dispute evil executed
execution fail failed failure fear flawed fraud guilty harm hate hatred horrible hostile hunger hurt
illegal illness injured injury kill killed killing lost massacre misery murder murdered pain painful
poor poverty prison problem problems punishment sad scandal severe sick slave slavery slaves suffer
suffered suicide terrible terror threat torture tragedy trouble ugly unhappy victim victims violence
violent war wars waste weak worse worst wounded wrong
""".split()
)
NEGATIONS = frozenset("cannot never no nor not without".split())


def word_side(sentence: str) -> int:
    """Return the side that a sentence's listed words take: 1 positive, -1 negative, 0 neither.

    A negation turns the word right after it round.
    """
    balance, sign = 0, 1
    for word in re.findall(r"[a-z]+", sentence.lower()):
        balance += sign * ((word in POSITIVE_WORDS) - (word in NEGATIVE_WORDS))
        sign = -1 if word in NEGATIONS else 1
    return (balance > 0) - (balance < 0)
