"""Runs a Serve application as the course does, until somebody stops it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import ray
from ray import serve
from ray.serve.schema import LoggingConfig

from course_lib.support.cluster import start_cluster

# Without an access log Serve still makes the record of each request's line, and throws it away; at
# this level it makes none.
LOGGING = LoggingConfig(enable_access_log=False, log_level="WARNING")


@contextmanager
def until_stopped() -> Iterator[None]:
    """Start Serve inside; then wait for SIGINT or SIGTERM, and shut Ray down."""
    try:
        yield
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)  # Ray has set handlers of its own
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        ray.shutdown()


def serve_until_stopped(application: serve.Application, port: int) -> None:
    """Serve an application on a port of 127.0.0.1 until SIGINT or SIGTERM."""
    with until_stopped():
        start_cluster()
        serve.start(
            proxy_location="HeadOnly",
            http_options={"host": "127.0.0.1", "port": port},
            logging_config=LOGGING,  # of Serve's own processes
        )
        serve.run(application, logging_config=LOGGING)  # of the replicas
