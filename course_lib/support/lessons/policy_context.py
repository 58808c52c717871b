"""A made-up moment for an autoscaling policy to decide about, without a cluster.

Ray's `AutoscalingContext` has 17 arguments and no defaults. A policy seldom reads more than these:

    replicas, state = policy(policy_context(ongoing=12, running=2))
"""

from collections.abc import Mapping
from typing import Any

from ray.serve.config import AutoscalingConfig, AutoscalingContext, DeploymentID


def policy_context(
    ongoing: float,
    *,
    running: int = 1,
    time_s: float = 0.0,
    state: Mapping[str, Any] | None = None,
    **config: Any,
) -> AutoscalingContext:
    """Return a moment at which so many requests are ongoing and so many replicas run.

    Args:
        ongoing: requests that a replica works on, or that wait for one.
        running: replicas that answer; the target is the same.
        time_s: seconds since 1970.
        state: what the policy returned the last time.
        config: the fields of `AutoscalingConfig`; 1 to 100 replicas unless told.
    """
    settings = AutoscalingConfig(**{"min_replicas": 1, "max_replicas": 100} | config)
    return AutoscalingContext(
        deployment_id=DeploymentID("Deployment", "application"),
        deployment_name="Deployment",
        app_name="application",
        current_num_replicas=running,
        target_num_replicas=running,
        running_replicas=[],
        total_num_requests=ongoing,
        total_queued_requests=0.0,
        aggregated_metrics={},
        raw_metrics={},
        capacity_adjusted_min_replicas=settings.min_replicas,
        capacity_adjusted_max_replicas=settings.max_replicas,
        policy_state=dict(state or {}),
        last_scale_up_time=None,
        last_scale_down_time=None,
        current_time=time_s,
        config=settings,
    )
