"""The look of the plots."""

import matplotlib.pyplot as plt

from course_lib.support.lessons.plots import GREYS, draw_waits, use_course_style
from course_lib.support.load.crowd import Outcome


def test_lines_differ_in_shade_and_in_dashes() -> None:
    with plt.rc_context():
        use_course_style()
        figure, axis = plt.subplots()
        lines = [axis.plot([1, 2])[0] for _ in GREYS]
        plt.close(figure)
    assert [line.get_color() for line in lines] == list(GREYS)
    assert len({line.get_linestyle() for line in lines}) == len(GREYS)


def test_each_request_is_a_point_at_its_moment_in_its_group() -> None:
    figure, axis = plt.subplots()
    outcomes = [
        Outcome(5.0, 0.2, error="a"),
        Outcome(7.0, 0.3, error="b"),
        Outcome(8.0, 0.1, error="b"),
    ]
    start = draw_waits(axis, outcomes, lambda o: o.error, {"a": "o", "none": "s", "b": "X"})
    plt.close(figure)
    assert start == 5.0
    assert [line.get_label() for line in axis.lines] == ["a: 1", "b: 2"]
    assert [line.get_marker() for line in axis.lines] == ["o", "X"]
    assert axis.lines[1].get_xydata().tolist() == [[2.0, 0.3], [3.0, 0.1]]
