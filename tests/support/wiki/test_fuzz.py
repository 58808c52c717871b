"""Random parameters to the Action API: JSON with an answer or an error, and never a failure."""

from tests.fuzz import fuzz_action_api

CASES = 300


def test_every_answer_is_json(api_url: str) -> None:
    report = fuzz_action_api(api_url, CASES, seed=0)
    assert report.failures == []
    assert report.statuses == {200: CASES}
