"""Rank correlations of the observables that a search chose."""

from itertools import pairwise

import numpy as np
import pytest

from figures.made_up import CLASSES, OBSERVABLES, TITLES, search_events, search_tables, write_search
from layouts import ELECTRONS
from leptonid.figures.search import read_search
from leptonid.figures.search_correlations import correlations_figure, short_title


@pytest.fixture
def figure_of(tmp_path, label):
    """Return the figure of a search and its table: `figure_of(4, titles, events)`."""

    def made(passes, titles=("width", "length", "height"), events=None):
        path, _, _ = write_search(tmp_path, passes)
        names = [f"v{i}" for i in range(len(titles))]
        _, table = search_tables(passes, names, events)
        variables = [{"name": name, "title": title} for name, title in zip(names, titles, strict=True)]
        return correlations_figure(read_search(path, TITLES), table, variables, CLASSES, label), table

    return made


@pytest.mark.parametrize(
    ("title", "short"),
    [
        (r"Iso($\Delta R < 0.3$)", "Iso\n$\\Delta R < 0.3$"),
        ("$f(x)$", "$f(x)$"),
        ("width", "width"),
    ],
)
def test_a_part_in_brackets_stands_in_a_second_line(title, short):
    assert short_title(title) == short


def test_numbers_are_those_of_each_class(figure_of):
    figure, table = figure_of(3)
    for axes, name in zip(figure.axes[:2], ("signal", "background"), strict=True):
        assert axes.get_title() == CLASSES[name]["title"]
        cells = {text.get_position(): text.get_text().replace("\N{MINUS SIGN}", "-") for text in axes.texts}
        own = table[table["class"] == name].set_index(["row", "column"])["correlation"]
        for row in (1, 2, 3):
            for place, column in enumerate(["v0", "v1", "v2", "1", "2", "3"]):
                assert float(cells[place + 0.5, row - 0.5]) == pytest.approx(own[row, column], abs=0.0051)
        assert "-0.00" not in cells.values()
        assert axes.get_yticklabels()[2].get_text() == "3. Endcap 2_1_0, κ = 2, β = 1"


def test_a_constant_observable_has_no_correlation(figure_of):
    figure, _ = figure_of(1, events=search_events(1).assign(**{OBSERVABLES[0]: 1.0}))
    assert {text.get_text() for text in figure.axes[0].texts} == {"\N{EN DASH}"}


@pytest.mark.parametrize("passes", [1, 10])
@pytest.mark.parametrize(
    "titles",
    [
        [],
        [variable.title for variable in ELECTRONS.variables.values()],
        ["transverse impact parameter", "width of the shower", "$w$"],
    ],
)
def test_titles_keep_apart(figure_of, passes, titles):
    figure, _ = figure_of(passes, titles)
    figure.draw_without_rendering()
    for axes in figure.axes[:2]:
        for texts in (axes.get_xticklabels(), axes.get_yticklabels()):
            shown = [text for text in texts if text.get_visible() and text.get_text()]
            boxes = [text.get_window_extent() for text in shown if not text.get_rotation()]
            assert not any(one.overlaps(two) for one, two in pairwise(boxes))
    width = np.ptp(figure.axes[0].get_window_extent().intervalx) / figure.dpi
    assert width > 0.5 * (len(titles) + passes)


def test_a_search_without_observables_says_so(figure_of):
    figure, _ = figure_of(0)
    assert "no observable was chosen" in figure.texts[-1].get_text()
