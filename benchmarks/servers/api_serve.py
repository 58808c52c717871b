"""The Wikipedia NLP API as this project serves it.

    python -m benchmarks.servers.api_serve PORT [REPLICAS]

The application `nlp` of `serve_config.yaml`, without the embedded Wikipedia, which is a process of
its own for all systems here. REPLICAS, where it is given, is how many there are of each model.
"""

import sys

from ray.serve.schema import ServeDeploySchema

from benchmarks.servers.ray_serve import until_stopped
from course_lib.support.start import CONFIG_PATH, deploy, deployments_as_they_start, read_config

MODELS = ("SentimentAnalysis", "Summarizer", "EntityRecognition")


def configuration(port: int, replicas: int | None) -> ServeDeploySchema:
    """`serve_config.yaml` with what is said above."""
    config = read_config(CONFIG_PATH)
    config.http_options.port = port
    config.applications = [it for it in config.applications if it.name == "nlp"]
    for deployment in config.applications[0].deployments:
        if replicas and deployment.name in MODELS:
            deployment.num_replicas = replicas
    return config


if __name__ == "__main__":
    config = configuration(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
    with until_stopped():
        deploy(config)
        for name in deployments_as_they_start(config):
            print(name, flush=True)
