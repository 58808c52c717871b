"""The plan of kills is the same for the same seed, and spares nobody."""

from collections import Counter

import pytest

from tests.soak.kill_plan import kill_plan

DEPLOYMENTS = ["nlp#A", "nlp#B", "wikipedia#C"]


def test_the_same_seed_gives_the_same_plan() -> None:
    assert kill_plan(1, DEPLOYMENTS, 9) == kill_plan(1, DEPLOYMENTS, 9)
    assert len({tuple(kill_plan(seed, DEPLOYMENTS, 9)) for seed in range(20)}) > 10


@pytest.mark.parametrize("seed", range(5))
def test_each_kind_is_killed_twice_and_deployments_take_turns(seed: int) -> None:
    counts = Counter(kill_plan(seed, DEPLOYMENTS, 9))
    assert counts.total() == 9
    assert counts["proxy"] == counts["controller"] == 2
    assert sorted(counts[name] for name in DEPLOYMENTS) == [1, 2, 2]


def test_of_many_kills_a_fifth_each_is_the_proxys_and_the_controllers() -> None:
    counts = Counter(kill_plan(0, DEPLOYMENTS, 20))
    assert counts["proxy"] == counts["controller"] == 4
    assert {counts[name] for name in DEPLOYMENTS} == {4}


@pytest.mark.parametrize(("deployments", "kills"), [(DEPLOYMENTS, 5), ([], 9)])
def test_too_little_to_kill_is_no_plan(deployments: list[str], kills: int) -> None:
    with pytest.raises(ValueError, match="no plan"):
        kill_plan(0, deployments, kills)
