"""Pairs of classifiers compared on the same events."""

import numpy as np
import pytest
from scipy.stats import norm

from leptonid.figures import comparisons
from leptonid.figures.scores import ScoredEvents
from leptonid.train.metrics import auc, auc_covariance


@pytest.fixture
def scored():
    """Three classifiers, the best of them with three trainings, that share part of their noise."""
    rng = np.random.default_rng(0)
    y = np.tile([0, 1], 500)
    common = rng.normal(size=len(y))

    def classifier(separation, trainings):
        own = rng.normal(size=(trainings, len(y)))
        return ScoredEvents(y, norm.cdf(separation * y + 0.8 * common + 0.6 * own))

    return {"mass": classifier(0.8, 1), "hl": classifier(1.9, 1), "et": classifier(2.5, 3)}


@pytest.fixture
def table(scored):
    return comparisons.comparison_table(scored)


def test_every_pair_is_compared_once_best_first(table):
    assert list(zip(table["first"], table["second"], strict=True)) == [
        ("et", "hl"),
        ("et", "mass"),
        ("hl", "mass"),
    ]
    assert (table["difference"] > 0).all()


def test_single_trainings_are_compared_with_the_paired_uncertainty(scored, table):
    pair = table.iloc[2]
    y = scored["hl"].y
    scores = [scored[name].scores[0] for name in ("hl", "mass")]
    covariance = auc_covariance(y, scores)
    assert pair["difference"] == pytest.approx(auc(y, scores[0]) - auc(y, scores[1]))
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert pair["uncertainty_test"] == pytest.approx(np.sqrt(variance))
    assert pair["uncertainty_test"] < 0.8 * np.sqrt(covariance[0, 0] + covariance[1, 1])
    assert np.isnan(pair["uncertainty_seeds"])
    assert pair["z"] == pytest.approx(pair["difference"] / pair["uncertainty_test"])
    assert pair["p"] == pytest.approx(2 * norm.sf(pair["z"]))


def test_the_uncertainty_of_a_difference_agrees_with_a_bootstrap(scored, table):
    y = scored["hl"].y
    rng = np.random.default_rng(1)
    classes = [np.flatnonzero(y == value) for value in (0, 1)]
    differences = []
    for _ in range(500):
        drawn = np.concatenate([rng.choice(members, len(members)) for members in classes])
        means = [
            np.mean([auc(y[drawn], score[drawn]) for score in scored[name].scores]) for name in ("et", "hl")
        ]
        differences.append(means[0] - means[1])
    assert table.iloc[0]["uncertainty_test"] == pytest.approx(np.std(differences), rel=0.15)


def test_the_scatter_of_several_trainings_is_added(scored, table):
    pair = table.iloc[0]
    spread = np.std(scored["et"].aucs(), ddof=1) / np.sqrt(3)
    assert pair["uncertainty_seeds"] == pytest.approx(spread)
    assert pair["z"] == pytest.approx(pair["difference"] / np.hypot(pair["uncertainty_test"], spread))
    twice = comparisons.comparison_table(
        {"a": scored["et"], "b": ScoredEvents(scored["et"].y, scored["et"].scores)}
    )
    assert twice["uncertainty_seeds"][0] == pytest.approx(spread * np.sqrt(2))


def test_equals_do_not_differ(scored):
    pair = comparisons.comparison_table({"a": scored["hl"], "b": scored["hl"]}).iloc[0]
    assert pair["difference"] == 0
    assert not pair["z"] > 0
    perfect = ScoredEvents(scored["hl"].y, scored["hl"].y[None] * 1.0)
    pair = comparisons.comparison_table({"a": perfect, "b": perfect}).iloc[0]
    assert np.isnan([pair["z"], pair["p"]]).all()


def test_tables_show_what_is_known(table, label):
    lines = comparisons.to_markdown(table, label).splitlines()
    assert len([line for line in lines if line.startswith("| `")]) == len(table)
    assert lines[2].startswith("| `et` | hl | 0.")
    assert [lines[row].count("(") for row in (2, 4)] == [2, 1]
    assert "3 pairs" in lines[-1]
    assert label in lines[-1]
    latex = comparisons.to_latex(table, label)
    assert "p $<$ 0.05" in latex
    assert latex.count("{") == latex.count("}")
    assert latex.isascii()


def test_the_figure_shows_significance_and_difference_of_every_pair(scored, table, label):
    axes = comparisons.comparison_figure(scored, table, label).axes[0]
    cells = {text.get_position(): text.get_text() for text in axes.texts}
    assert len(cells) == 6
    assert cells[0, 1] == f"{table['z'][0]:.1f}"
    assert cells[1, 0] == f"{1000 * table['difference'][0]:.0f}"
    titles = [text.get_text() for text in axes.get_yticklabels()]
    assert titles == [
        f"ECal image  {scored['et'].aucs().mean():.4f}",
        f"7 HL  {scored['hl'].aucs().mean():.4f}",
        f"jet mass  {scored['mass'].aucs().mean():.4f}",
    ]


def test_a_single_classifier_has_nothing_to_compare(scored, label):
    table = comparisons.comparison_table({"hl": scored["hl"]})
    assert table.empty
    assert list(table) == list(comparisons.COLUMNS)
    drawn = comparisons.comparison_figure({"hl": scored["hl"]}, table, label)
    assert "only one classifier" in drawn.texts[1].get_text()
