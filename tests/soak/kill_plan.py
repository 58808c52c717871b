"""Which process is killed when: a pure function of a seed."""

import random
from collections.abc import Sequence

LEAST_OF_EACH = 2
KINDS = ("proxy", "controller")  # and replicas of the deployments


def kill_plan(seed: int, deployments: Sequence[str], kills: int) -> list[str]:
    """Return the victims, one after the other: "proxy", "controller" or a deployment's name.

    The proxy, the controller and replicas are each killed at least twice, the first two in a fifth
    of all kills. The deployments take turns, so that none is killed twice before another has been
    killed once.

    Raises:
        ValueError: for too few kills, or no deployments.
    """
    of_each = max(LEAST_OF_EACH, kills // 5)
    replicas = kills - of_each * len(KINDS)
    if replicas < LEAST_OF_EACH or not deployments:
        raise ValueError(f"{kills} kills of {len(deployments)} deployments are no plan")
    source = random.Random(seed)
    turns = source.sample(list(deployments), len(deployments))
    plan = [*KINDS] * of_each + [turns[n % len(turns)] for n in range(replicas)]
    source.shuffle(plan)
    return plan
