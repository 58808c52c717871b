"""The exercises' judge tells the learner what is wrong, and lets no weak check pass."""

import asyncio
import threading

import pytest
from ray import serve
from ray.serve.exceptions import RequestCancelledError

from course_lib.support.lessons.exercises import assert_runs, check, prove


def check_even(number: int) -> None:
    assert number % 2 == 0, f"{number} is odd"


async def check_even_later(number: int) -> None:
    check_even(number)


@pytest.fixture(params=[check_even, check_even_later])
def judge(request):
    return request.param


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (..., "Not yet: put your answer in place of the dots, then run this cell again."),
        (3, "Not right: 3 is odd"),
        ([], "Not right: using your answer raised TypeError: unsupported operand"),
        (4, "Right."),
    ],
)
def test_check_says_how_an_answer_does(judge, answer, verdict, capsys):
    asyncio.run(check(judge, answer))
    assert capsys.readouterr().out.startswith(verdict)


def test_prove_confirms_a_solution(judge, capsys):
    asyncio.run(prove(judge, 4, wrong=[3, 5]))
    assert capsys.readouterr().out == "Right.\n"


def test_prove_refuses_a_wrong_solution(judge):
    with pytest.raises(AssertionError, match="3 is odd"):
        asyncio.run(prove(judge, 3, wrong=[5]))


def test_prove_refuses_a_check_that_accepts_a_wrong_answer(judge):
    with pytest.raises(ValueError, match="wrong answer 2 is accepted: 6"):
        asyncio.run(prove(judge, 4, wrong=[3, 6]))


def test_prove_refuses_a_check_without_wrong_answers(judge):
    with pytest.raises(ValueError, match="at least one wrong answer"):
        asyncio.run(prove(judge, 4, wrong=[]))


def test_prove_refuses_a_check_without_a_reason():
    def silent(number: int) -> None:
        # Not an assert: pytest would give it a reason.
        if number % 2:
            raise AssertionError

    with pytest.raises(ValueError, match="refused without a reason"):
        asyncio.run(prove(silent, 4, wrong=[3]))


def test_prove_refuses_a_check_that_breaks_on_a_wrong_answer(judge):
    with pytest.raises(TypeError):
        asyncio.run(prove(judge, 4, wrong=["three"]))


def test_an_answer_that_never_ends_is_wrong(monkeypatch, capsys):
    monkeypatch.setattr("course_lib.support.lessons.exercises.LIMIT_S", 0.05)

    async def waits(answer) -> None:
        await asyncio.Event().wait()

    asyncio.run(check(waits, 1))
    assert "did not end within 0.05 seconds" in capsys.readouterr().out


def test_a_deployment_that_never_ends_is_wrong(monkeypatch, capsys):
    """Serve says of a request that was cancelled that it was, and hides that time was over."""
    monkeypatch.setattr("course_lib.support.lessons.exercises.LIMIT_S", 0.05)

    async def asks(answer) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            raise RequestCancelledError("57af") from error

    asyncio.run(check(asks, 1))
    assert "did not end within 0.05 seconds" in capsys.readouterr().out


def test_an_answer_that_raises_a_timeout_is_told_so(capsys):
    async def times_out(answer) -> None:
        raise TimeoutError("of its own")

    asyncio.run(check(times_out, 1))
    assert "raised TimeoutError: of its own" in capsys.readouterr().out


def test_an_answer_that_never_ends_does_not_stop_the_notebook(monkeypatch, capsys) -> None:
    over = threading.Event()
    monkeypatch.setattr("course_lib.support.lessons.exercises.LIMIT_S", 0.05)
    asyncio.run(check(lambda answer: answer(), over.wait))  # blocks the thread that calls it
    over.set()
    assert "did not end within 0.05 seconds" in capsys.readouterr().out


class TestAssertRuns:
    def test_there_is_no_such_application(self, cluster_url: str) -> None:
        with pytest.raises(AssertionError, match="no application has the name 'nowhere'"):
            assert_runs("nowhere")

    def test_one_that_cannot_start_is_named_with_its_reason(self, cluster_url: str) -> None:
        @serve.deployment(max_constructor_retry_count=1, ray_actor_options={"num_cpus": 0})
        class NeedsAWord:
            def __init__(self, word: str) -> None:
                self.word = word

        with pytest.raises(RuntimeError):
            serve.run(NeedsAWord.bind(), name="wordless", route_prefix=None)
        with pytest.raises(AssertionError, match=r"'wordless' does not run: TypeError: .*'word'"):
            assert_runs("wordless")
        serve.delete("wordless")
