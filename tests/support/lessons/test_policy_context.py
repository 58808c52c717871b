"""A made-up moment is what a policy of Ray's own takes it for."""

import pytest
from ray.serve.autoscaling_policy import replica_queue_length_autoscaling_policy

from course_lib.support.lessons.policy_context import policy_context


@pytest.mark.parametrize(
    ("ongoing", "running", "replicas"), [(12, 2, 6), (12, 4, 6), (1, 2, 0.5), (0, 3, 0), (5, 0, 1)]
)
def test_rays_policy_decides_about_it(ongoing: float, running: int, replicas: float) -> None:
    moment = policy_context(ongoing, running=running, target_ongoing_requests=2)
    assert replica_queue_length_autoscaling_policy(moment) == (replicas, {})


def test_it_says_what_it_was_told() -> None:
    remembered = {"most": 3}
    moment = policy_context(1, time_s=60, state=remembered, min_replicas=0, max_replicas=7)
    assert (moment.total_num_requests, moment.current_time) == (1, 60)
    assert moment.config.max_replicas == moment.capacity_adjusted_max_replicas == 7
    assert moment.config.min_replicas == moment.capacity_adjusted_min_replicas == 0
    moment.policy_state["most"] = 4
    assert remembered == {"most": 3}
