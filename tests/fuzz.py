"""Random requests, made from what an API says of itself: a few in `make test`, many in `make soak`.

`fuzz` asks the Wikipedia NLP API as its OpenAPI document allows, and as it forbids. The embedded
Wikipedia, which speaks MediaWiki's Action API, has no such document: `fuzz_action_api` knows its
parameters. The same seed sends the same requests.
"""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import requests
import schemathesis
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup

from course_lib.support.settings import CACHE_DIR
from tests.waiting import LONG_S

set_hypothesis_home_dir(CACHE_DIR / "hypothesis")

# What every answer must hold to: its status, its content type and its body as documented.
PROMISES = ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
# A valid request may find an article, which takes a hundred times as long as a refusal.
VALID_SHARE = 1 / 3


@dataclass
class FuzzReport:
    """How many answers had which status, and in words, what was wrong with which."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def cases(self) -> int:
        """How many requests were answered."""
        return self.statuses.total()


def fuzz(url: str, cases: int, seed: int) -> FuzzReport:
    """Send random requests to the API at `url`, valid and invalid ones, and judge each answer.

    A status, content type or body that its OpenAPI document does not name is a failure, and so is
    a 500, which the document names because Ray Serve may send it.
    """
    report = FuzzReport()
    load_all_checks()
    checks = CHECKS.get_by_names(PROMISES)
    schema = schemathesis.openapi.from_dict(
        _without_examples(requests.get(f"{url}/openapi.json", timeout=LONG_S).json())
    )
    operations = [result.ok() for result in schema.get_all_operations()]
    valid = round(cases * VALID_SHARE)
    with requests.Session() as session:

        def ask(case: Case) -> None:
            try:
                answer = case.call(base_url=url, session=session, timeout=LONG_S)
            except requests.RequestException as error:
                report.failures.append(f"no answer: {case.as_curl_command()}\n{error}")
                return
            report.statuses[answer.status_code] += 1
            if answer.status_code == 500:
                report.failures.append(f"500: {case.as_curl_command()}\n{answer.text[:500]}")
            try:
                case.validate_response(answer, checks=checks)
            except FailureGroup as failure:
                report.failures.append(failure.message)

        for mode, wanted in (
            (GenerationMode.POSITIVE, valid),
            (GenerationMode.NEGATIVE, cases - valid),
        ):
            strategies = [operation.as_strategy(generation_mode=mode) for operation in operations]
            _send(ask, st.one_of(strategies), wanted, seed)
    return report


def _without_examples(value: Any) -> Any:
    """The document without its examples, of which every fifth valid request would be one.

    Some random words find articles, too, such as "0".
    """
    if isinstance(value, list):
        return [_without_examples(item) for item in value]
    if isinstance(value, dict):
        return {
            k: _without_examples(v) for k, v in value.items() if k not in ("example", "examples")
        }
    return value


def _send(ask: Callable, requests_to_send: st.SearchStrategy, cases: int, seed: int) -> None:
    # Models in this process take the smallest numbers for zero, which hypothesis cannot work with.
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)
    # Answers are judged in the report, so that one failure does not end the run.
    run = hypothesis.given(requests_to_send)(ask)
    unhurried = hypothesis.settings(
        max_examples=cases,
        phases=[hypothesis.Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    unhurried(hypothesis.seed(seed)(run))()


ACTION_API_PARAMETERS = (
    "titles", "pageids", "redirects", "prop", "list", "meta", "srsearch", "srlimit", "srinfo",
    "inprop", "siprop", "rvprop", "rvparse", "exintro", "explaintext", "exsentences", "exchars",
    "plnamespace", "generator", "continue",
)  # fmt: skip
ACTION_API_VALUES = (
    "Art", "Albert Einstein", "AfghanistanHistory", "Aa River", "Nowhere", "12", "736", "0", "1",
    "max", "info", "pageprops", "revisions", "extracts", "links", "categories", "search",
    "siteinfo", "url", "disambiguation", "general", "rightsinfo", "namespaces", "ids", "content",
    "size", "sha1", "snippet", "totalhits", "suggestion", "text", "plain", "wiki", "query", "",
)  # fmt: skip


def fuzz_action_api(url: str, cases: int, seed: int) -> FuzzReport:
    """Send random parameters to the embedded Wikipedia whose api.php is at `url`.

    Each answer must have the status 200 and be JSON with an `error`, or with a `query` where there
    is something to say.
    """
    report = FuzzReport()
    word = st.one_of(
        st.sampled_from(ACTION_API_VALUES), st.text(max_size=30), st.integers().map(str)
    )
    value = st.lists(word, min_size=1, max_size=3).map("|".join)
    default = {"action": "query", "format": "json", "titles": "Art", "srsearch": "art"}
    chosen_few = st.dictionaries(st.sampled_from(ACTION_API_PARAMETERS), value, max_size=6)
    parameters = chosen_few.map(lambda chosen: default | chosen)
    with requests.Session() as session:

        def ask(chosen: dict[str, str]) -> None:
            try:
                answer = session.get(url, params=chosen, timeout=LONG_S)
            except requests.RequestException as error:
                report.failures.append(f"no answer: {chosen}\n{error}")
                return
            report.statuses[answer.status_code] += 1
            if answer.headers["Content-Type"] != "application/json" or answer.status_code != 200:
                report.failures.append(f"{answer.status_code}: {answer.url}\n{answer.text[:500]}")
            elif not set(answer.json()) & {"error", "query", "batchcomplete"}:
                report.failures.append(f"neither error nor query: {answer.url}\n{answer.text}")

        _send(ask, parameters, cases, seed)
    return report
