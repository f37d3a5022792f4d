"""Figures of a guided search: its passes, and the observables that it has chosen."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import spearmanr

from leptonid.figures.search import read_chosen, read_graphs, read_search, read_variables
from leptonid.figures.search_correlations import correlations_figure, rank_correlations
from leptonid.figures.search_distributions import Scale, distributions_figure
from leptonid.figures.search_passes import passes_figure
from leptonid.figures.variables import VARIABLES
from leptonid.plotting import BLUE
from leptonid.storage import read_feather, write_feather
from synthetic_search import OBSERVABLES, write_search


@pytest.fixture
def searched(write, tmp_path):
    """Return a search, its graphs, its events and their variables: `searched(passes=4, base=[])`."""

    def made(passes, change=lambda events: events, **options):
        test = write.events("test.feather")
        written = write_search(tmp_path, test, passes, **options)
        write_feather(change(read_feather(written.events)), written.events)
        found = read_search(written.passes)
        events = read_chosen(written.events, found.chosen)
        variables = read_variables(test, events, written.events)
        return found, read_graphs(written.graphs, found.chosen), events, variables

    return made


def replace(events, **columns):
    for name, values in columns.items():
        events = events.set_column(events.column_names.index(name), name, [values])
    return events


def test_auc_and_ado_are_drawn_against_the_pass(searched):
    found, graphs, _, _ = searched(4)
    auc, ado = passes_figure(found, graphs).axes
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


def test_an_unknown_auc_of_the_black_box_is_not_drawn(searched):
    found, graphs, _, _ = searched(2, auc_black_box="nan", auc_black_box_uncertainty="nan")
    figure = passes_figure(found, graphs)
    assert not [line for line in figure.axes[0].lines if line.get_color() == BLUE]
    assert len(figure.legends[0].get_texts()) == 1


LONG = {
    "base": ["hl", "mass", "R_had", "ecal/3_3_1_k_-1_b_0.25", "hcal/2_1_0_k_1_b_1"],
    "black_box": "long_" * 8,
    "search": "a_long_name_of_a_search",
    "stopped": "the gain of each of the last 3 passes was below 0.0005, which is what the config asks for",
}


@pytest.mark.parametrize(
    ("passes", "options"), [(0, LONG), (1, {}), (1, LONG), (4, {"base": []}), (10, {}), (10, LONG)]
)
def test_names_of_passes_keep_apart_and_inside(searched, passes, options):
    found, graphs, _, _ = searched(passes, **options)
    figure = passes_figure(found, graphs)
    figure.draw_without_rendering()
    texts = [*figure.texts, *figure.legends, figure.axes[0], figure.axes[1]]
    boxes = [
        each.get_tightbbox() if hasattr(each, "get_tightbbox") else each.get_window_extent() for each in texts
    ]
    for place, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1, texts[place]
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1, texts[place]
        assert not [texts[place] for other in boxes[place + 1 :] if box.overlaps(other)]
    ticks = [label.get_text() for label in figure.axes[1].get_xticklabels()]
    assert ticks == list(map(str, found.passes["pass"]))


def test_each_pass_shows_its_graph(searched):
    found, graphs, _, _ = searched(2)
    with_graphs, without = (
        len(passes_figure(each, graphs).get_children()) for each in (found, searched_base(found))
    )
    # Two vertices and one edge, two vertices and three edges, and a text below each.
    assert with_graphs - without == 3 + 5 + 2


def searched_base(found):
    return type(found)(**{**vars(found), "passes": found.passes[:1], "chosen": {}})


def test_a_narrow_observable_has_a_linear_axis():
    values = np.linspace(0.01, 0.9, 1000)
    scale = Scale.of(values)
    assert not scale.logarithmic
    np.testing.assert_array_equal(scale.places(values), values)


def test_zeros_have_a_bin_of_their_own_on_a_logarithmic_axis():
    values = np.concatenate([np.zeros(300), 10.0 ** np.linspace(-12, -2, 700)])
    scale = Scale.of(values)
    assert scale.logarithmic
    counts = np.histogram(scale.places(values), scale.edges)[0]
    assert counts[0] == 300
    assert counts[1] == 0
    # Half a percent at each end is outside.
    assert counts.sum() == 1000 - 8
    np.testing.assert_allclose(np.diff(scale.edges[2:]), np.diff(scale.edges[2:])[0])


@pytest.mark.parametrize(
    "values", [np.zeros(10), np.full(10, 1e-9), np.array([-1e-9, 1.0, 1e5]), np.array([0, 1.0])]
)
def test_every_observable_has_bins(values):
    scale = Scale.of(values)
    assert (np.diff(scale.edges) > 0).all()
    assert not scale.logarithmic


def test_events_are_drawn_above_and_misordered_pairs_below(searched):
    found, _, events, _ = searched(4)
    figure = distributions_figure(found, events)
    panels = figure.axes
    assert len(panels) == 8
    for column, (number, chosen) in enumerate(found.chosen.items()):
        above, below = panels[column], panels[4 + column]
        assert above.get_title() == f"{number}. {chosen.title}\n"
        assert below.get_xlabel() == chosen.symbol
        assert above.get_xlim() == below.get_xlim()
        values, y = events[str(chosen)].to_numpy(), events["y"].to_numpy()
        scale = Scale.of(values)
        for axes, weight in ((above, np.ones(len(y))), (below, events[f"misordered_{number}"].to_numpy())):
            signal = axes.patches[0].get_data()
            np.testing.assert_array_equal(signal.edges, scale.edges)
            inside = weight[y == 1] / weight[y == 1].sum()
            expected = np.histogram(scale.places(values[y == 1]), scale.edges, weights=inside)[0]
            np.testing.assert_allclose(signal.values, expected)
            assert axes.texts[0].get_text().startswith(f"outside: sig. {1 - expected.sum():.1%}, bkg. ")
    assert [axes.get_yscale() for axes in panels[:4]] == ["linear", "linear", "log", "linear"]


@pytest.mark.parametrize(("passes", "panels"), [(1, 2), (5, 10), (7, 14), (10, 20)])
def test_each_observable_has_two_panels_that_keep_apart(searched, passes, panels):
    found, _, events, _ = searched(passes)
    figure = distributions_figure(found, events)
    figure.draw_without_rendering()
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    assert len(boxes) == panels
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])


def test_a_pass_without_misordered_pairs_says_so(searched):
    found, _, events, _ = searched(1, change=lambda e: replace(e, misordered_1=np.zeros(len(e), np.int64)))
    above, below = distributions_figure(found, events).axes
    assert len(above.patches) == 4
    assert not below.patches
    assert below.texts[0].get_text() == "no misordered pairs"


def test_rank_correlations_are_spearmans():
    rng = np.random.default_rng(0)
    columns = rng.integers(0, 6, (4, 200)).astype(float)
    columns[3] = np.exp(-columns[0])
    found = rank_correlations(columns)
    np.testing.assert_allclose(found, spearmanr(columns, axis=1).statistic, atol=1e-12)
    assert found[0, 3] == pytest.approx(-1)


def test_correlations_are_told_per_class(searched):
    name, other = OBSERVABLES[:2]

    def related(events):
        values = events[name].to_numpy()
        noise = np.random.default_rng(1).uniform(0, 0.3, len(values))
        return replace(events, **{other: 2 - values + noise})

    found, _, events, variables = searched(3, change=related)
    figure = correlations_figure(found, events, variables)
    y = events["y"].to_numpy()
    columns = [variables[each].to_numpy() for each in VARIABLES] + [events[name].to_numpy()]
    for axes, value in zip(figure.axes[:2], (1, 0), strict=True):
        cells = {text.get_position(): text.get_text() for text in axes.texts}
        assert len(cells) == 3 * (8 + 3)
        for place, column in enumerate(columns):
            expected = spearmanr(events[other].to_numpy()[y == value], column[y == value]).statistic
            shown = float(cells[place + 0.5, 1.5].replace("\N{MINUS SIGN}", "-"))
            assert shown == pytest.approx(expected, abs=0.006)
        assert shown < -0.5
        assert "\N{MINUS SIGN}0.00" not in cells.values()
        assert [cells[8.5 + i, i + 0.5] for i in range(3)] == ["1.00"] * 3
        assert axes.get_yticklabels()[2].get_text() == "3. HCal 2_1_0, κ = 2, β = 1"
    assert [axes.get_title() for axes in figure.axes[:2]] == ["signal", "background"]


def test_a_constant_observable_has_no_correlation(searched):
    name = OBSERVABLES[0]
    found, _, events, variables = searched(1, change=lambda e: replace(e, **{name: np.ones(len(e))}))
    axes = correlations_figure(found, events, variables).axes[0]
    assert {text.get_text() for text in axes.texts} == {"\N{EN DASH}"}


@pytest.mark.parametrize("passes", [1, 10])
def test_names_of_correlations_keep_apart(searched, passes):
    found, _, events, variables = searched(passes)
    figure = correlations_figure(found, events, variables)
    figure.draw_without_rendering()
    for axes in figure.axes[:2]:
        for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
            boxes = [
                label.get_window_extent() for label in labels if label.get_visible() and label.get_text()
            ]
            assert not any(one.overlaps(two) for one, two in pairwise(boxes))


def test_without_observables_the_figures_say_so(searched):
    found, graphs, events, variables = searched(0, base=[])
    for figure in (
        passes_figure(found, graphs),
        distributions_figure(found, events),
        correlations_figure(found, events, variables),
    ):
        assert "no observable was chosen" in figure.texts[-1].get_text()
