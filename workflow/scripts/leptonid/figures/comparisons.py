"""Pairs of classifiers compared on the same test events."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from scipy.stats import norm

from leptonid import plotting
from leptonid.figures.feature_sets import feature_sets
from leptonid.figures.panels import note_figure
from leptonid.figures.scores import ScoredEvents, sort_by_auc
from leptonid.figures.tables import MISSING, compact, long_latex_table, markdown_table, or_empty
from leptonid.train.metrics import auc_covariance

COLUMNS = {
    **{"first": str, "second": str, "auc_first": float, "auc_second": float, "difference": float},
    **{"uncertainty_test": float, "uncertainty_seeds": float, "z": float, "p": float},
}

TITLES = ("Better", "Worse", "Difference", "z", "p")

# Standard deviations at which the colour of a significance changes.
STEPS = (0, 1, 2, 3, 5, 10)

SHADES = colormaps["Blues"]


def comparison_table(scored: Mapping[str, ScoredEvents]) -> pd.DataFrame:
    """Return one row per pair of classifiers, the one with the greater mean AUC first, best pairs first.

    `uncertainty_test` is the paired uncertainty of the difference from the test events (DeLong et al.),
    `uncertainty_seeds` that of the mean over the trainings, by their scatter; of a classifier with one
    training none is known, and none added. `z` is the difference in units of both, `p` its two-sided
    normal probability.
    """
    scored = sort_by_auc(scored)
    names = list(scored)
    aucs = {name: each.aucs() for name, each in scored.items()}
    variance = _variance_of_differences(list(scored.values()))
    lines = []
    for i, j in zip(*np.triu_indices(len(names), 1), strict=True):
        pair = names[i], names[j]
        means = [aucs[name].mean() for name in pair]
        difference, test, seeds = (
            means[0] - means[1],
            np.sqrt(variance[i, j]),
            _scatter([aucs[name] for name in pair]),
        )
        total = np.hypot(test, np.nan_to_num(seeds))
        z = difference / total if total > 0 else np.nan
        lines.append((*pair, *means, difference, test, seeds, z, 2 * norm.sf(abs(z))))
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _variance_of_differences(scored: Sequence[ScoredEvents]) -> np.ndarray:
    """Return the variances of differences of mean AUCs that the test events cause, shape (K, K)."""
    trainings = [len(each.scores) for each in scored]
    mean = np.repeat(np.eye(len(scored)) / trainings, trainings, axis=1)
    covariance = auc_covariance(scored[0].y, np.concatenate([each.scores for each in scored]))
    covariance = mean @ covariance @ mean.T
    variance = np.diag(covariance)
    # Rounding can leave less than nothing where two classifiers score alike.
    return np.maximum(variance[:, None] + variance - 2 * covariance, 0)


def _scatter(aucs: Sequence[np.ndarray]) -> float:
    """Return the uncertainty of a difference of means by the scatter of trainings, NaN if none is known."""
    known = [np.var(each, ddof=1) / len(each) for each in aucs if len(each) > 1]
    return float(np.sqrt(sum(known))) if known else np.nan


def to_markdown(table: pd.DataFrame, label: str) -> str:
    """Return the table as Markdown; what is missing is a dash."""
    return markdown_table(TITLES, _cells(table), _note(table, label))


def to_latex(table: pd.DataFrame, label: str) -> str:
    """Return the table as a LaTeX document; what is missing is a dash."""
    return long_latex_table(TITLES, _cells(table), _note(table, label))


def _cells(table: pd.DataFrame) -> list[list[str]]:
    return [
        [
            row.first,
            row.second,
            compact(row.difference, row.uncertainty_test, row.uncertainty_seeds),
            or_empty(row.z, ".1f") or MISSING,
            or_empty(row.p, ".2g") or MISSING,
        ]
        for row in table.itertuples(index=False)
    ]


def _note(table: pd.DataFrame, label: str) -> str:
    return (
        "Differences of AUC (means over the seeds) on the same test events. In brackets, in units of the "
        "last digit: the uncertainty from the test events, paired (DeLong et al. 1988), then that of the "
        "mean over the seeds, where there are several. z: the difference in units of both; p: its two-sided "
        f"normal probability. Of {len(table)} pairs of equals, about {len(table) / 20:.2g} would have "
        "p < 0.05 by chance. "
        f"Source of the events: {label}."
    )


@plotting.style()
def comparison_figure(scored: Mapping[str, ScoredEvents], table: pd.DataFrame, label: str) -> Figure:
    """Draw significance (below the diagonal) and size of every pair's difference, best classifiers first."""
    if table.empty:
        return note_figure("There is only one classifier:\nnothing to compare.", label)
    scored = sort_by_auc(scored)
    place = {name: number for number, name in enumerate(scored)}
    size = max(3, 0.5 * len(place))
    figure = plotting.new_figure(size + 4.8, size + 2.8, label)
    axes = figure.add_subplot(box_aspect=1)
    z = np.full((len(place), len(place)), np.nan)
    for row in table.itertuples(index=False):
        column, line = place[row.first], place[row.second]
        z[line, column] = row.z
        text = {"ha": "center", "va": "center", "fontsize": 9}
        color = "white" if row.z >= STEPS[-2] else "black"
        axes.text(column, line, _short(row.z), color=color, **text)
        axes.text(line, column, _short(1000 * row.difference), color=plotting.GREY, **text)
    edges = np.arange(len(place) + 1) - 0.5
    shades = axes.pcolormesh(edges, edges, z, norm=BoundaryNorm(STEPS, SHADES.N, extend="max"), cmap=SHADES)
    titles = [feature_set.title for feature_set in feature_sets(scored).values()]
    aucs = [f"{title}  {each.aucs().mean():.4f}" for title, each in zip(titles, scored.values(), strict=True)]
    axes.set_yticks(range(len(place)), aucs)
    axes.set_xticks(range(len(place)), titles, rotation=45, ha="right", rotation_mode="anchor")
    axes.invert_yaxis()
    axes.tick_params(which="both", length=0)
    axes.minorticks_off()
    axes.set_title(
        "Below the diagonal: difference of AUC / its uncertainty\nAbove: difference of AUC, in thousandths"
    )
    figure.colorbar(shades, ax=axes, label="Significance", shrink=0.7)
    return figure


def _short(number: float) -> str:
    if math.isnan(number):
        return MISSING
    return f"{number:.1f}" if number < 9.95 else f"{number:.0f}"
