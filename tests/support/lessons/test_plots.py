"""The look of the plots."""

import matplotlib.pyplot as plt

from course_lib.support.lessons.plots import GREYS, use_course_style


def test_lines_differ_in_shade_and_in_dashes() -> None:
    with plt.rc_context():
        use_course_style()
        figure, axis = plt.subplots()
        lines = [axis.plot([1, 2])[0] for _ in GREYS]
        plt.close(figure)
    assert [line.get_color() for line in lines] == list(GREYS)
    assert len({line.get_linestyle() for line in lines}) == len(GREYS)
