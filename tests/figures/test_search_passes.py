"""The figure of AUC and ADO by pass."""

from dataclasses import replace

import numpy as np
import pytest

from figures.made_up import TITLES, write_search
from leptonid.figures.search import read_graphs, read_search
from leptonid.figures.search_passes import passes_figure
from leptonid.plotting import BLUE


@pytest.fixture
def search(tmp_path):
    """Return a search and its graphs: `search(4, base=[])`."""

    def made(passes, titles=TITLES, **options):
        path, graphs, _ = write_search(tmp_path, passes, **options)
        read = read_search(path, titles)
        return read, read_graphs(graphs, read.chosen)

    return made


def test_auc_and_ado_are_drawn_against_the_pass(search, label):
    auc, ado = passes_figure(*search(4), label).axes
    for axes, first in ((auc, [0.94, 0.943]), (ado, [0.93, 0.935])):
        points, *_ = axes.containers[0]
        np.testing.assert_array_equal(points.get_xdata(), range(5))
        np.testing.assert_allclose(points.get_ydata()[:2], first)
    ends = auc.containers[0][2][0].get_segments()[2][:, 1]
    np.testing.assert_allclose(ends, [0.946 - 0.0029, 0.946 + 0.0029])
    lines = [line.get_ydata()[0] for line in auc.lines if line.get_color() == BLUE]
    assert lines == [0.9762]
    assert auc.patches[0].get_extents().transformed(auc.transData.inverted()).y0 == pytest.approx(0.974)
    assert [line.get_ydata()[0] for line in ado.lines if line.get_color() == BLUE] == [1]


def test_an_unknown_auc_of_the_black_box_is_not_drawn(search, label):
    figure = passes_figure(*search(2, auc_black_box="nan", auc_black_box_uncertainty="nan"), label)
    assert not [line for line in figure.axes[0].lines if line.get_color() == BLUE]
    # The network and the scatter of its trainings.
    assert len(figure.legends[0].get_texts()) == 2


LONG_TITLES = {
    **TITLES,
    "base": "3 shapes + jet mass + $R$ + Barrel 3_3_1, κ = \N{MINUS SIGN}1, β = 1/4 + $5",
    "black_box": "long " * 8,
}
LONG = {
    "titles": LONG_TITLES,
    "search": "a_long_name_of_a_search",
    "stopped": "the gain of each of the last 3 passes was below 0.0005, which is what the config asks for",
}


@pytest.mark.parametrize(("passes", "options"), [(0, LONG), (1, {}), (4, {"base": []}), (10, LONG)])
def test_texts_keep_apart_and_inside(search, label, passes, options):
    own, graphs = search(passes, **options)
    figure = passes_figure(own, graphs, label)
    figure.draw_without_rendering()
    texts = [*figure.texts, *figure.legends, figure.axes[0], figure.axes[1]]
    boxes = [
        text.get_tightbbox() if hasattr(text, "get_tightbbox") else text.get_window_extent() for text in texts
    ]
    for place, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1, texts[place]
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1, texts[place]
        assert not [texts[place] for other in boxes[place + 1 :] if box.overlaps(other)]
    ticks = [tick.get_text() for tick in figure.axes[1].get_xticklabels()]
    assert ticks == list(map(str, own.passes["pass"]))


def test_each_pass_shows_its_graph(search, label):
    own, graphs = search(2)
    base = replace(own, passes=own.passes[:1], chosen={})
    artists = [len(passes_figure(one, graphs, label).get_children()) for one in (own, base)]
    # The edges and the vertices of each of two graphs, and a text below it.
    assert artists[0] - artists[1] == 2 * (2 + 1)


def test_a_search_without_passes_says_so(search, label):
    figure = passes_figure(*search(0, base=[]), label)
    assert "no observable was chosen" in figure.texts[-1].get_text()
