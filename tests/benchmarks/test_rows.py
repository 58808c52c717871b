"""Medians, spread and ratios of rows, and a load as a row."""

import json

from benchmarks.load import row
from benchmarks.rows import Rows, Summary
from course_lib.support.load import Load
from tests.benchmarks.rows import rows


def test_a_summary_is_the_median_with_the_least_and_the_most() -> None:
    assert rows(a=[3, 1, 8]).summary("x") == Summary(median=3, low=1, high=8, rounds=3)
    assert rows(a=[3]).summary("y") is None


def test_a_rounds_several_values_count_once() -> None:
    several = Rows([{"round": 1, "x": 1}, {"round": 1, "x": 3}, {"round": 2, "x": 10}])
    assert several.summary("x") == Summary(median=6, low=2, high=10, rounds=2)


def test_a_ratio_is_formed_within_each_round() -> None:
    both = rows(slow=[1, 10, 2], fast=[2, 20, 8, 100])  # the fourth round is of one alone
    ratio = both.where(name="fast").ratio(both.where(name="slow"), "x")
    assert ratio == Summary(median=2, low=2, high=4, rounds=3)
    assert both.where(name="fast").ratio(both.where(name="none"), "x") is None


def test_the_best_is_known_by_its_median() -> None:
    both = rows(steady=[5, 5, 5], lucky=[99, 1, 1])
    assert both.best(["steady", "lucky", "absent"], "x") == "steady"
    assert both.best(["steady", "lucky"], "x", higher=False) == "lucky"
    assert both.best(["absent"], "x") is None


def test_a_system_is_compared_with_the_best_of_its_peers() -> None:
    systems = {"this project": [4, 4], "this project, tuned": [9, 9]}
    peers = {"slow": [1, 1], "good": [5, 8], "a limit": [10, 10]}
    everything = rows(**systems, **peers)
    ratio = everything.to_best_peer("this project", "x", no_peers=frozenset({"a limit"}))
    assert ratio == Summary(median=0.65, low=0.5, high=0.8, rounds=2)
    assert everything.to_best_peer("this project", "x").median == 0.4
    assert rows(**systems).to_best_peer("this project", "x") is None


def test_a_load_as_a_row() -> None:
    load = Load((1.0, 2.0, 9.0), {"HTTP 503": 1}, duration_s=2.0)
    found = row(load, client_s=1.0, server_s=3.0)
    assert found["requests"] == 4
    assert found["throughput_per_s"] == 1.5  # an error is no answer
    assert found["errors"] == {"HTTP 503": 1}
    assert (found["client_cpu_ms"], found["server_cpu_ms"]) == (250, 750)
    assert (found["client_cores"], found["server_cores"]) == (0.5, 1.5)
    json.dumps(row(Load((), {"HTTP 500": 1}, 1.0), 0.0, None), allow_nan=False)
