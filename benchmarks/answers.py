"""Whether two systems say the same of an article, each in its own form."""

from collections.abc import Mapping
from typing import Any

SCORE_TOLERANCE = 0.0021  # scores are rounded to 0.001, and a sum depends on its batch


def check(found: Mapping[str, Any], right: Mapping[str, Any]) -> None:
    """Raise WrongAnswer unless all answers say the same."""
    for term, answer in right.items():
        if not same(said(found.get(term)), said(answer)):
            raise WrongAnswer(f"{term!r}: {said(found.get(term))} and not {said(answer)}")


class WrongAnswer(Exception):
    """A system answered something else than the bare work."""


def said(body: Any) -> Any:
    """What an answer says: all of an analysis; of a refusal, which article and how negative."""
    if isinstance(body, dict) and "summary" in body:
        names = sorted(body["named_entities"], key=lambda entity: entity["text"])
        return {**body, "named_entities": names}
    if isinstance(body, dict) and isinstance(body.get("detail"), dict):
        body = body["detail"]  # so FastAPI and LitServe wrap it
    if isinstance(body, dict):
        return {name: body.get(name) for name in ("article", "url", "sentiment")}
    return body


def same(one: Any, other: Any) -> bool:
    """Whether two answers are equal; a score may differ in its last digit."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < SCORE_TOLERANCE
    return one == other
