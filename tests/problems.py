"""What every error of the course's services must look like."""

from typing import Any

import requests


def assert_problem(response: requests.Response, status: int) -> dict[str, Any]:
    """Return the problem details (RFC 9457) of an answer that must have this status."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert "Traceback" not in response.text
    return problem
