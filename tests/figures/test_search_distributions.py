"""Distributions of the observables that a search chose."""

import pytest

from figures.made_up import CLASSES, TITLES, search_events, search_tables, write_search
from leptonid.figures.search import read_search
from leptonid.figures.search_distributions import distributions_figure


@pytest.fixture
def search(tmp_path):
    """Return a search and the distributions of its observables: `search(4)`."""

    def made(passes, events=None):
        path, _, _ = write_search(tmp_path, passes)
        return read_search(path, TITLES), search_tables(passes, events=events)[0]

    return made


def test_events_are_drawn_above_and_misordered_pairs_below(search, label):
    own, histograms = search(4)
    panels = distributions_figure(own, histograms, CLASSES, label).axes
    assert len(panels) == 8
    for column, (number, chosen) in enumerate(own.chosen.items()):
        above, below = panels[column], panels[4 + column]
        assert above.get_title() == f"{number}. {chosen.title}\n"
        assert below.get_xlabel() == chosen.symbol
        assert above.get_xlim() == below.get_xlim()
        for axes, pairs in ((above, "all"), (below, "misordered")):
            bins = histograms.query(f"`pass` == {number} and pairs == '{pairs}' and `class` == 'signal'")
            signal = axes.patches[0].get_data()
            assert signal.edges.tolist() == [*bins["low"], bins["high"].iloc[-1]]
            assert signal.values.tolist() == bins["share"].tolist()
            assert axes.texts[0].get_text().startswith(f"outside: phot. {bins['outside'].iloc[0]:.1%}, pi ")
    assert [axes.get_yscale() for axes in panels[:4]] == ["linear", "linear", "log", "linear"]
    # Zeros have a bin of their own on a logarithmic axis.
    assert panels[5].get_xticklabels()[0].get_text() == "0"


@pytest.mark.parametrize(("passes", "panels"), [(1, 2), (7, 14)])
def test_each_observable_has_two_panels_that_keep_apart(search, label, passes, panels):
    figure = distributions_figure(*search(passes), CLASSES, label)
    figure.draw_without_rendering()
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    assert len(boxes) == panels
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])


def test_a_pass_without_misordered_pairs_says_so(search, label):
    own, histograms = search(1, search_events(1).assign(misordered_1=0))
    above, below = distributions_figure(own, histograms, CLASSES, label).axes
    assert len(above.patches) == 4
    assert not below.patches
    assert below.texts[0].get_text() == "no misordered pairs"


def test_a_search_without_observables_says_so(search, label):
    figure = distributions_figure(*search(0), CLASSES, label)
    assert "no observable was chosen" in figure.texts[-1].get_text()
