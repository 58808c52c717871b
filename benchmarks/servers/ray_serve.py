"""Runs a Serve application as the course does, until somebody stops it."""

import signal

import ray
from ray import serve
from ray.serve.schema import LoggingConfig

from course_lib.support.cluster import start_cluster

# Without an access log Serve still makes the record of each request's line, and throws it away; at
# this level it makes none.
LOGGING = LoggingConfig(enable_access_log=False, log_level="WARNING")


def serve_until_stopped(application: serve.Application, port: int) -> None:
    """Serve an application on a port of 127.0.0.1 until SIGINT or SIGTERM."""
    start_cluster()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)  # Ray has set handlers of its own
    try:
        serve.start(
            proxy_location="HeadOnly",
            http_options={"host": "127.0.0.1", "port": port},
            logging_config=LOGGING,  # of Serve's own processes
        )
        serve.run(application, logging_config=LOGGING)  # of the replicas
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        ray.shutdown()
