"""The moments at which requests arrive, for `course_lib.support.load` to send them."""

import math
import random

MAX_REQUESTS = 100_000


def arrivals_s(rate_per_s: float, duration_s: float, seed: int | None = 0) -> list[float]:
    """When requests arrive, in seconds: at random for a seed, at equal distances for None.

    Random arrivals are those of people who do not know of each other: a Poisson process, whose
    distances are exponential. The same seed gives the same moments.

    Raises:
        ValueError: for no rate or no time, or more than about MAX_REQUESTS.
    """
    if not (rate_per_s > 0 and duration_s > 0 and rate_per_s * duration_s <= MAX_REQUESTS):
        raise ValueError(f"{rate_per_s} requests/s for {duration_s} s is not a load to send")
    if seed is None:
        return [number / rate_per_s for number in range(math.ceil(rate_per_s * duration_s))]
    source = random.Random(seed)
    moments = [0.0]
    while moments[-1] < duration_s:
        moments.append(moments[-1] + source.expovariate(rate_per_s))
    return moments[:-1]
