"""How sentences are cut into batches; what the models make of them is in test_models."""

import itertools
import random

from course_lib.support.inference import BATCH_SIZE, PASS_TOKENS, batches


def cost(cut: list[list[int]], lengths: list[int]) -> int:
    return sum(PASS_TOKENS + len(batch) * max(lengths[i] for i in batch) for batch in cut)


def test_each_sentence_is_in_one_batch_with_its_like() -> None:
    lengths = random.Random(1).choices(range(2, 200), k=300)
    cut = batches(lengths)
    order = list(itertools.chain(*cut))
    assert sorted(order) == list(range(300))
    assert [lengths[index] for index in order] == sorted(lengths)
    assert max(map(len, cut)) <= BATCH_SIZE


def test_no_other_cut_costs_less() -> None:
    generator = random.Random(2)
    for _ in range(20):
        lengths = sorted(generator.choices(range(2, 120), k=7))
        others = [
            [list(range(*edges)) for edges in itertools.pairwise([0, *cuts, 7])]
            for count in range(7)
            for cuts in itertools.combinations(range(1, 7), count)
        ]
        assert cost(batches(lengths), lengths) == min(cost(cut, lengths) for cut in others)


def test_like_sentences_share_batches_and_no_sentence_needs_none() -> None:
    assert list(map(len, batches([20] * 2 * BATCH_SIZE))) == [BATCH_SIZE, BATCH_SIZE]
    assert batches([400, 3]) == [[1], [0]]
    assert batches([]) == []
