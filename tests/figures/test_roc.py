"""The figures of ROC curves."""

import numpy as np
import pytest

from figures.made_up import CLASSIFIERS, entry
from leptonid.errors import InputError
from leptonid.figures.published import Published
from leptonid.figures.roc import RocCurves, precision_figure, rejection_figure, roc_figure

NAN = float("nan")


@pytest.fixture
def curves(tables):
    """Return curves of some classifiers: `curves(CLASSIFIERS, published={})`."""

    def made(classifiers=CLASSIFIERS, published=None):
        return RocCurves.of(tables["roc"], tables["auc"], classifiers, published or {}, "their $ample")

    return made


def both(curves, label, reference="shape"):
    return roc_figure(curves, label), rejection_figure(curves, reference, label)


def legend(figure):
    own = figure.legends[0]
    return own.get_title().get_text(), [text.get_text() for text in own.get_texts()]


def test_the_legend_lists_titles_and_aucs_best_first(curves, tables, label):
    aucs = tables["auc"].set_index("classifier")
    for figure in both(curves(CLASSIFIERS[::-1]), label):
        title, (*texts, uncertainty) = legend(figure)
        assert title == "AUC (test events)"
        titles = ["Barrel image", "3 shapes", "3 shapes, trees", r"costs \$5 and \$6"]
        assert [text.split("  ")[1] for text in texts] == titles
        assert texts[0].startswith(f"{aucs['auc']['images']:.3f} ± {aucs['auc_test']['images']:.3f} ")
        assert uncertainty == "uncertainty: test events and seeds"
        assert label in [text.get_text() for text in figure.texts]
    assert legend(roc_figure(curves(CLASSIFIERS[:1]), label))[1][-1] == "uncertainty: test events"


def test_the_legend_says_that_events_are_weighted(weighted_tables, label):
    tables = weighted_tables["roc"], weighted_tables["auc"]
    assert (
        legend(roc_figure(RocCurves.of(*tables, CLASSIFIERS, {}, ""), label))[0]
        == "AUC (weighted test events)"
    )


def test_published_aucs_stand_beside_ours_with_their_sample(curves, label):
    published = {"width": Published(0.7766, NAN, "a"), "images": Published(0.972, 0.001, "b")}
    for figure in both(curves(published=published), label):
        title, (images, shape, _, width, _) = legend(figure)
        assert title.endswith(r"[published, for the events of their \$ample]")
        assert images.endswith("Barrel image  [0.972 ± 0.001]")
        assert width.endswith("[0.7766]")
        assert "[" not in shape
    other = curves(published={"other": Published(0.945, 0.001, "c")})
    assert "ublished" not in legend(roc_figure(other, label))[0]


def test_rejection_is_one_over_the_background_efficiency(curves, tables, label):
    axes = rejection_figure(curves(), None, label).axes
    assert len(axes) == 1
    assert axes[0].get_yscale() == "log"
    own = tables["roc"][tables["roc"]["classifier"] == "images"]
    np.testing.assert_allclose(axes[0].lines[0].get_ydata(), 1 / own["background_efficiency"])
    np.testing.assert_array_equal(axes[0].lines[0].get_xdata(), own["signal_efficiency"])


def test_precision_is_drawn_with_its_band_above_the_share_of_signal(curves, tables, label):
    figure = precision_figure(curves(), label)
    axes = figure.axes[0]
    own = tables["roc"][tables["roc"]["classifier"] == "images"]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), own["precision"])
    band = axes.collections[0].get_paths()[0].vertices
    band = np.unique(band[np.isclose(band[:, 0], 0.9), 1])
    point = own[np.isclose(own["signal_efficiency"], 0.9)].iloc[0]
    expected = point["precision"] + point["precision_uncertainty"] * np.array([-1, 1])
    assert band == pytest.approx(expected)
    assert list(axes.lines[-1].get_ydata()) == [0.5, 0.5]
    title, texts = legend(figure)
    assert title == "Average precision\n(50.0% signal in the test events)"
    assert texts[0].startswith(f"{point['average_precision']:.3f} ± ")
    assert texts[0].endswith("  Barrel image")


def test_below_the_rejection_stands_its_ratio_to_the_reference(curves, tables, label):
    above, below = rejection_figure(curves(), "shape", label).axes
    assert above.get_shared_x_axes().joined(above, below)
    assert below.get_ylabel() == "Ratio to 3 shapes"
    for line, classifier in zip(below.lines, CLASSIFIERS, strict=True):
        own = tables["roc"][tables["roc"]["classifier"] == classifier["name"]]
        np.testing.assert_allclose(line.get_ydata(), own["ratio"])


def test_every_curve_has_a_band_from_below_to_above(curves, tables, label):
    axes = rejection_figure(curves(), None, label).axes[0]
    points = tables["roc"][np.isclose(tables["roc"]["signal_efficiency"], 0.9)].set_index("classifier")
    for band, classifier in zip(axes.collections, CLASSIFIERS, strict=True):
        ends = band.get_paths()[0].vertices
        ends = np.unique(ends[np.isclose(ends[:, 0], 0.9), 1])
        point = points.loc[classifier["name"]]
        expected = np.exp(point["uncertainty"] * np.array([-1, 1])) / point["background_efficiency"]
        assert ends == pytest.approx(expected)


def test_long_titles_fit_into_the_figure(curves, label):
    long = entry("images", "a very long title of a feature set with many inputs of all kinds")
    for figure in both(curves([long]), label, reference=None):
        figure.draw_without_rendering()
        axes, beside = figure.axes[0].get_tightbbox(), figure.legends[0].get_window_extent()
        assert axes.x0 >= 0
        assert axes.x1 <= beside.x0
        assert beside.x1 <= figure.bbox.x1


def test_a_classifier_without_a_curve_is_refused(curves):
    with pytest.raises(InputError, match="missing: has no ROC curve or no AUC"):
        curves([entry("missing")])


def test_pieces_that_no_threshold_reaches_are_thin(tables, label):
    roc = tables["roc"].copy()
    tied = (roc["classifier"] == "shape") & roc["signal_efficiency"].between(0.9, 0.95)
    roc.loc[tied, "reached"] = 0.97
    made = RocCurves.of(roc, tables["auc"], CLASSIFIERS[1:2], {}, "")
    for figure, along in zip(both(made, label), ("get_ydata", "get_xdata"), strict=True):
        thick, thin, *_ = figure.axes[0].lines
        assert thin.get_linewidth() < thick.get_linewidth()
        efficiencies = roc.loc[tied, "signal_efficiency"]
        drawn = [
            np.asarray(getattr(line, along)())[np.isfinite(line.get_xdata() + line.get_ydata())]
            for line in (thick, thin)
        ]
        assert drawn[1] == pytest.approx(efficiencies)
        assert not np.isin(efficiencies, drawn[0]).any()
