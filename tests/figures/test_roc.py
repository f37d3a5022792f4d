"""The figures of ROC curves."""

import numpy as np
import pytest

from leptonid.figures.curves import SIGNAL_EFFICIENCY, curves, relative_rejection
from leptonid.figures.published import Published
from leptonid.figures.roc import rejection_figure, roc_figure
from leptonid.figures.scores import read_test_scores
from leptonid.train import metrics

AUCS = {"mass": 0.78, "et_and_ht": 0.97, "hl_trees": 0.9}


@pytest.fixture
def scored(write):
    paths = [write.scores(f"{i}.feather", auc=auc, seed=i) for i, auc in enumerate(AUCS.values())]
    return read_test_scores(list(AUCS), paths)


@pytest.fixture
def drawn(scored):
    return curves(scored, 20, seed=0)


def both(scored, drawn, label, published=None, reference="mass"):
    published = published or {}
    return (
        roc_figure(scored, drawn, published, label),
        rejection_figure(scored, drawn, reference, published, label),
    )


def legend(figure):
    return figure.legends[0].get_title().get_text(), [
        text.get_text() for text in figure.legends[0].get_texts()
    ]


def test_the_legend_lists_titles_and_aucs_best_first(scored, drawn, label):
    for figure in both(scored, drawn, label):
        title, (*entries, uncertainty) = legend(figure)
        assert title == "AUC (test events)"
        assert [entry.split("  ")[1] for entry in entries] == [
            "ECal + HCal images", "7 HL, trees", "jet mass",
        ]  # fmt: skip
        for entry, name in zip(entries, ["et_and_ht", "hl_trees", "mass"], strict=True):
            y, score = scored[name].y, scored[name].scores[0]
            assert entry.startswith(f"{metrics.auc(y, score):.3f} ± {metrics.auc_uncertainty(y, score):.3f} ")
        assert uncertainty == "uncertainty: test events"
        assert label in [text.get_text() for text in figure.texts]


def test_published_aucs_stand_beside_ours_and_say_that_they_are_of_other_events(scored, drawn, label):
    published = {"mass": Published(0.7766, np.nan, "a"), "et_and_ht": Published(0.972, 0.001, "b")}
    for figure in both(scored, drawn, label, {**published, "hl": Published(0.945, 0.001, "c")}):
        title, (images, trees, mass, _) = legend(figure)
        assert title.endswith("[published, for the events of arXiv:2011.01984]")
        assert images.endswith("ECal + HCal images  [0.972 ± 0.001]")
        assert mass.endswith("jet mass  [0.7766]")
        assert "[" not in trees


def test_nothing_is_said_of_published_values_where_no_set_has_one(scored, drawn, label):
    for figure in both(scored, drawn, label, {"hl": Published(0.945, 0.001, "c")}):
        assert "ublished" not in legend(figure)[0]


def test_rejection_is_one_over_the_background_efficiency(scored, drawn, label):
    axes = rejection_figure(scored, drawn, None, {}, label).axes[0]
    assert axes.get_yscale() == "log"
    np.testing.assert_allclose(axes.lines[0].get_ydata(), 1 / drawn["mass"].mean)
    assert np.array_equal(axes.lines[0].get_xdata(), SIGNAL_EFFICIENCY)


def test_below_the_rejection_stands_its_ratio_to_the_reference(scored, drawn, label):
    above, below = rejection_figure(scored, drawn, "hl_trees", {}, label).axes
    assert above.get_shared_x_axes().joined(above, below)
    assert below.get_ylabel() == "Ratio to 7 HL, trees"
    for line, name in zip(below.lines, scored, strict=True):
        expected, _ = relative_rejection(drawn[name], drawn["hl_trees"])
        np.testing.assert_allclose(line.get_ydata(), expected)


def test_without_a_reference_there_is_no_ratio(scored, drawn, label):
    assert len(rejection_figure(scored, drawn, None, {}, label).axes) == 1


def test_every_curve_has_a_band_from_below_to_above(scored, drawn, label):
    axes = rejection_figure(scored, drawn, None, {}, label).axes[0]
    for line, band, name in zip(axes.lines, axes.collections, scored, strict=True):
        place = np.searchsorted(SIGNAL_EFFICIENCY, 0.9)
        ends = band.get_paths()[0].vertices
        ends = np.unique(ends[np.isclose(ends[:, 0], 0.9), 1])
        expected = line.get_ydata()[place] * np.exp(drawn[name].uncertainty()[place] * np.array([-1, 1]))
        assert ends == pytest.approx(expected)
    assert len(roc_figure(scored, drawn, {}, label).axes[0].collections) >= len(scored)


def test_the_legend_says_whether_seeds_are_in_the_bands(write, label):
    paths = [write.scores(f"{seed}.feather", seed=seed) for seed in range(2)]
    several = read_test_scores(["hl", "hl"], paths)
    for figure in both(several, curves(several, 20, seed=0), label, reference="hl"):
        assert legend(figure)[1][-1] == "uncertainty: test events and seeds"


def test_long_names_have_room_in_the_legend(write, label):
    name = "a_very_long_name_of_a_feature_set_with_many_inputs_of_all_kinds"
    long = read_test_scores([name], [write.scores("a.feather")])
    for figure in both(long, curves(long, 20, seed=0), label, reference=None):
        figure.draw_without_rendering()
        axes, beside = figure.axes[0].get_tightbbox(), figure.legends[0].get_window_extent()
        assert axes.x0 >= 0
        assert axes.x1 <= beside.x0
        assert beside.x1 <= figure.bbox.x1
