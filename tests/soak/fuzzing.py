"""Two thousand random requests to the API, and as many to the Wikipedia that it reads."""

from ray.serve.schema import ServeDeploySchema

from course_lib.support.wiki.server import API_PATH
from tests.fuzz import FuzzReport, fuzz, fuzz_action_api
from tests.soak.report import Result, progress

CASES = 2000


def fuzzing(url: str, config: ServeDeploySchema, seed: int) -> list[Result]:
    """Send both what their documents allow and what they forbid; judge each answer."""
    (wikipedia,) = [a for a in config.applications if a.name == "wikipedia"]
    return [
        verdict("the API answers as its OpenAPI document says", fuzz(url, CASES, seed)),
        verdict(
            "the embedded Wikipedia answers with JSON",
            fuzz_action_api(f"{url}{wikipedia.route_prefix}{API_PATH}", CASES, seed),
        ),
    ]


def verdict(promise: str, report: FuzzReport) -> Result:
    """Whether all cases were answered, and none of the answers was wrong."""
    for failure in report.failures[:5]:
        progress(failure)
    statuses = ", ".join(f"{n} x {status}" for status, n in sorted(report.statuses.items()))
    return Result(
        "fuzzing",
        promise,
        f"{report.cases} of {CASES} cases answered ({statuses}), {len(report.failures)} wrong",
        report.cases == CASES and not report.failures,
    )
