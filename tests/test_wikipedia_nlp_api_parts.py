"""The parts of the Wikipedia NLP API that need no cluster: its errors, its limit, its timing."""

import asyncio
import re

import pytest
import wikipedia

from course_lib.support.problems import Problem
from course_lib.support.wiki.client import WikipediaError, WikipediaTimeout
from course_lib.wikipedia_nlp_api import (
    MAX_OPTIONS,
    RETRY_AFTER_S,
    ConcurrencyLimit,
    ServerTiming,
    wikipedia_problem,
)


class TestWikipediaProblem:
    def test_too_slow_is_a_504_although_it_is_a_failure_like_others(self) -> None:
        problem = wikipedia_problem("x", WikipediaTimeout("no answer within 5 s", "7"))
        assert problem.details.status == 504
        assert "no answer within 5 s" in problem.details.detail

    @pytest.mark.parametrize(("asked_for", "headers"), [("7", {"Retry-After": "7"}), (None, None)])
    def test_another_failure_is_a_502_that_passes_retry_after_on(
        self, asked_for: str | None, headers: dict[str, str] | None
    ) -> None:
        problem = wikipedia_problem("x", WikipediaError("Wikipedia answered 429", asked_for))
        assert (problem.details.status, problem.headers) == (502, headers)
        assert problem.details.detail == "Wikipedia answered 429."

    def test_several_meanings_are_a_404_with_so_many_options_at_most(self) -> None:
        titles = [f"Mercury ({number})" for number in range(MAX_OPTIONS + 1)]
        problem = wikipedia_problem("mercury", wikipedia.DisambiguationError("Mercury", titles))
        assert problem.details.status == 404
        assert problem.details.model_extra["options"] == titles[:MAX_OPTIONS]


class TestConcurrencyLimit:
    def test_one_too_many_is_refused_and_takes_no_place(self) -> None:
        limit = ConcurrencyLimit(2)
        with limit, limit:
            for _ in range(3):
                with pytest.raises(Problem) as refused, limit:
                    pytest.fail("there was a place")
                assert refused.value.details.status == 503
                assert refused.value.headers == {"Retry-After": str(RETRY_AFTER_S)}
            assert limit.in_progress == 2
        assert limit.in_progress == 0

    def test_a_place_is_free_again_after_an_error(self) -> None:
        limit = ConcurrencyLimit(1)
        with pytest.raises(KeyError), limit:
            raise KeyError
        with limit:
            assert limit.in_progress == 1


class TestServerTiming:
    def test_stages_are_named_in_the_order_in_which_they_end(self) -> None:
        timing = ServerTiming()
        first_ended = asyncio.Event()

        async def stages() -> list[str]:
            async def long() -> str:
                await first_ended.wait()
                return "long"

            async def short() -> str:
                first_ended.set()
                return "short"

            return await asyncio.gather(
                timing.measure("one", long()), timing.measure("two", short())
            )

        assert asyncio.run(stages()) == ["long", "short"]
        assert re.fullmatch(r"two;dur=\d+\.\d, one;dur=\d+\.\d", timing.header["Server-Timing"])

    def test_a_stage_that_fails_is_noted_too(self) -> None:
        timing = ServerTiming()

        async def fails() -> None:
            raise OSError("broken")

        with pytest.raises(OSError, match="broken"):
            asyncio.run(timing.measure("fetch", fails()))
        assert timing.header["Server-Timing"].startswith("fetch;dur=")

    def test_without_a_stage_the_header_is_empty(self) -> None:
        assert ServerTiming().header == {"Server-Timing": ""}
