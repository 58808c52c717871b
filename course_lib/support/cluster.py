"""A quiet Ray cluster on this machine, large enough for a whole pipeline on a laptop."""

import logging
import os

import ray
import ray.serve  # sets up the logger that is made quiet below

LOGICAL_CPUS = 8


def start_cluster(http_port: int | None = None) -> None:
    """Start Ray in this process with 8 logical CPUs, whatever the machine has.

    A logical CPU is a ticket for the scheduler, not a core: with as many as a laptop has cores, a
    pipeline of five deployments could not be placed. No dashboard, and no log lines.

    Args:
        http_port: on which port of 127.0.0.1 Serve listens; without it, Serve starts later, on
            port 8000 or as `serve.start` says.
    """
    os.environ["RAY_SERVE_LOG_TO_STDERR"] = "0"  # read by the cluster's processes
    # A dead proxy is replaced after three failed checks: in 3 seconds, by default in 30. Nothing
    # but this variable says so.
    os.environ.setdefault("RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S", "1")
    ray.init(
        "local",  # and not another cluster that runs on this machine
        num_cpus=LOGICAL_CPUS,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
    )
    logging.getLogger("ray.serve").setLevel(logging.ERROR)
    if http_port:
        ray.serve.start(http_options={"host": "127.0.0.1", "port": http_port})
