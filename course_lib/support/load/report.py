"""What a run of load found: latencies, errors, and whether the sender kept its own schedule.

A percentile is a latency that was measured, not one between two: the smallest that so many per cent
of the answers did not exceed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LATE_MS = 10.0


@dataclass(frozen=True)
class Load:
    """What became of the requests of one run."""

    latencies_ms: tuple[float, ...]  # of each success, in the order of the answers
    errors: Mapping[str, int]  # count by kind: "HTTP 503", "TimeoutError", "unfinished"
    duration_s: float  # from the start to the last answer
    due_s: tuple[float, ...] = ()  # when each success was due, in seconds after the start
    delays_ms: tuple[float, ...] = ()  # open loop: how late each request was sent
    unsent: int = 0  # left over when the deadline passed

    def percentile_ms(self, percent: float) -> float:
        """The latency that `percent` of the successes did not exceed; nan without successes."""
        return _percentile(self.latencies_ms, percent)

    @property
    def p50_ms(self) -> float:
        """The median latency."""
        return self.percentile_ms(50)

    @property
    def p90_ms(self) -> float:
        """The latency that one success in ten exceeded."""
        return self.percentile_ms(90)

    @property
    def p99_ms(self) -> float:
        """The latency that one success in a hundred exceeded; of fewer, the largest."""
        return self.percentile_ms(99)

    @property
    def failed(self) -> int:
        """How many requests ended in an error."""
        return sum(self.errors.values())

    @property
    def throughput_per_s(self) -> float:
        """Requests that ended per second, errors included: a fast refusal counts."""
        return self._per_s(len(self.latencies_ms) + self.failed)

    def goodput_per_s(self, within_ms: float = math.inf) -> float:
        """Successes per second, or only those that took at most `within_ms`."""
        return self._per_s(sum(latency <= within_ms for latency in self.latencies_ms))

    @property
    def late_ms(self) -> float:
        """How late requests were sent: 99% of them no later than this. 0 for a closed loop."""
        return _percentile(self.delays_ms, 99) if self.delays_ms else 0.0

    @property
    def late(self) -> bool:
        """Whether requests were sent late or not at all: the run says more of its sender then."""
        return self.late_ms > LATE_MS or self.unsent > 0

    def __str__(self) -> str:
        text = (
            f"{len(self.latencies_ms)} answers, {self.failed} errors, "
            f"p50 {self.p50_ms:.1f} ms, p90 {self.p90_ms:.1f} ms, p99 {self.p99_ms:.1f} ms, "
            f"{self.goodput_per_s():.1f} answers/s"
        )
        late = f" (schedule not kept: {self.late_ms:.0f} ms late, {self.unsent} unsent)"
        return text + late if self.late else text

    def _per_s(self, count: int) -> float:
        return count / self.duration_s if self.duration_s else 0.0


def _percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of the values do not exceed."""
    if not values:
        return math.nan
    rank = math.ceil(len(values) * percent / 100)
    return sorted(values)[max(rank, 1) - 1]
