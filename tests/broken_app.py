"""An application whose second deployment cannot be constructed."""

from ray import serve
from ray.serve.handle import DeploymentHandle


@serve.deployment(ray_actor_options={"num_cpus": 0}, max_constructor_retry_count=1)
class Broken:
    def __init__(self) -> None:
        raise OSError("the weights are on another disk")


@serve.deployment(ray_actor_options={"num_cpus": 0})
class Driver:
    def __init__(self, broken: DeploymentHandle) -> None:
        self.broken = broken


app = Driver.bind(Broken.bind())
