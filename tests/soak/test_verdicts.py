"""The soak's judges turn red: each is given what breaks its promise."""

import json
from collections import Counter

import pytest
import requests

from course_lib.support.load import Load
from course_lib.support.load.crowd import Outcome, crowd
from tests.fuzz import FuzzReport
from tests.soak import chaos, fuzzing, overload
from tests.soak.overload import Seen
from tests.soak.report import Result, exit_status, table
from tests.soak.tries import recorded_tries


def outcome(status: int, title: str = "Aristotle", took_s: float = 1.0) -> Outcome:
    answer = requests.Response()
    answer.status_code = status
    answer.request = requests.Request("GET", "http://127.0.0.1/?search_term=aristotle").prepare()
    answer._content = json.dumps(
        {"title": title, "summary": "A sentence.", "named_entities": ["a name"]}
    ).encode()
    return Outcome(0.0, took_s, answer)


RIGHT = outcome(200)
CAUGHT = outcome(500)


def kept(results: list[Result]) -> list[bool]:
    return [result.kept for result in results]


class TestChaos:
    def test_all_is_well(self) -> None:
        assert kept(chaos.verdicts([RIGHT], [RIGHT, CAUGHT])) == [True, True, True]
        reset = Outcome(0.0, 1.0, error="ConnectionError")
        assert kept(chaos.verdicts([RIGHT], [RIGHT, reset])) == [True, True, True]

    def test_a_try_that_does_not_end(self) -> None:
        slow = outcome(200, took_s=60)
        assert kept(chaos.verdicts([RIGHT], [slow, CAUGHT])) == [False, True, True]

    @pytest.mark.parametrize("error", [outcome(404), Outcome(0.0, 1.0, error="JSONDecodeError")])
    def test_an_error_that_nobody_would_retry(self, error: Outcome) -> None:
        assert kept(chaos.verdicts([RIGHT], [RIGHT, error])) == [True, False, True]

    def test_kills_that_caught_nobody_prove_nothing(self) -> None:
        assert kept(chaos.verdicts([RIGHT], [RIGHT])) == [True, False, True]

    @pytest.mark.parametrize("lost", [CAUGHT, outcome(200, title="Plato")])
    def test_a_lost_request(self, lost: Outcome) -> None:
        assert kept(chaos.verdicts([RIGHT, lost], [RIGHT, CAUGHT])) == [True, True, False]

    def test_never_whole_again(self) -> None:
        proxy, controller = chaos.Damage("proxy", 4.0), chaos.Damage("controller", None)
        assert chaos.recovery([controller, proxy]).kept
        assert not chaos.recovery([proxy, controller]).kept


class TestOverload:
    GOOD = Seen(200, None, 3.0)
    REFUSED = Seen(503, "2", 0.1)

    @pytest.mark.parametrize(
        "wrong",
        [Seen(200, None, 60.0), Seen(503, "2", 5.0), Seen(503, None, 0.1), Seen(500, "2", 0.1)],
    )
    def test_a_wrong_or_late_answer(self, wrong: Seen) -> None:
        load = Load((3.0,), {"HTTP 503": 2}, 1.0)
        assert kept(overload.answers(load, [self.GOOD, self.REFUSED, self.REFUSED])) == [True]
        assert kept(overload.answers(load, [self.GOOD, self.REFUSED, wrong])) == [False]

    def test_a_request_without_an_answer(self) -> None:
        load = Load((3.0,), {"HTTP 503": 1, "unfinished": 1}, 1.0)
        assert kept(overload.answers(load, [self.GOOD, self.REFUSED])) == [False]

    def test_less_work_more_memory_and_a_slow_time_after(self) -> None:
        load = Load((3.0, 3.0), {}, 1.0)
        quick, slow = Load((100.0,), {}, 1.0), Load((300.0,), {}, 1.0)
        assert kept(overload.effects(load, 2.0, (500, 510), quick, quick)) == [True] * 3
        assert kept(overload.effects(load, 4.0, (500, 700), quick, slow)) == [False] * 3


class TestFuzzing:
    def test_every_case_is_answered_and_none_wrongly(self) -> None:
        all_of_them = Counter({200: 100, 422: fuzzing.CASES - 100})
        assert fuzzing.verdict("it", FuzzReport(all_of_them)).kept
        assert not fuzzing.verdict("it", FuzzReport(all_of_them, ["500: curl"])).kept
        assert not fuzzing.verdict("it", FuzzReport(Counter({200: fuzzing.CASES - 1}))).kept


class TestCrowd:
    def test_it_counts_every_request_and_stops(self) -> None:
        with crowd(lambda: outcome(200).answer, clients=2) as outcomes:
            while len(outcomes) < 5:
                pass
        assert {each.kind for each in outcomes} == {"200"}

    def test_each_try_is_recorded_whoever_makes_it(self) -> None:
        with recorded_tries() as tries, pytest.raises(requests.ConnectionError):
            requests.get("http://127.0.0.1:9", timeout=1)
        assert [attempt.kind for attempt in tries] == ["ConnectionError"]


def test_the_table_and_the_status_say_what_was_broken() -> None:
    good, bad = Result("chaos", "a", "1", True), Result("overload", "b", "2", False)
    assert exit_status([good]) == 0
    assert exit_status([good, bad]) == 1
    assert exit_status([]) == 1
    assert table([good, bad]).splitlines()[2:] == [
        "chaos     a         1         kept",
        "overload  b         2         BROKEN",
    ]
