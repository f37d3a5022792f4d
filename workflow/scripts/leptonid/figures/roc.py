"""ROC curves, background rejection against signal efficiency, and precision-recall curves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogFormatter

from leptonid import plotting
from leptonid.errors import InputError
from leptonid.figures import weighting
from leptonid.figures.lines import Line, lines
from leptonid.figures.published import Published
from leptonid.figures.tables import value
from leptonid.metrics.working_points import BETWEEN_THRESHOLDS

COLUMNS = (
    *("classifier", "signal_efficiency", "background_efficiency", "uncertainty"),
    *("ratio", "ratio_uncertainty", "reached"),
    *("precision", "precision_uncertainty", "average_precision", "average_precision_uncertainty"),
    *("signal_share", *weighting.COLUMNS),
)
AUC_COLUMNS = ("classifier", "auc", "auc_test", "seeds", "weighted")

# Inches, beside the legend.
PANEL_WIDTH = 6

# Of lines that join two thresholds.
THIN = 0.7

# Opacity of bands of uncertainty.
BAND = 0.16


@dataclass(frozen=True)
class RocCurves:
    """ROC curves of several classifiers and what their legend says.

    Parameters
    ----------
    points
        `COLUMNS`: uncertainties are relative, those of precisions absolute; the ratio is that of the
        rejection to the reference's; where `reached` exceeds the signal efficiency by `BETWEEN_THRESHOLDS`,
        the line is thin.
    aucs
        `AUC_COLUMNS`, indexed by classifier.
    lines
        Lines by classifier, in the order in which they are drawn.
    published, published_events
        Published AUCs by classifier, and the sample that they were measured on.
    """

    points: pd.DataFrame
    aucs: pd.DataFrame
    lines: Mapping[str, Line]
    published: Mapping[str, Published]
    published_events: str

    @classmethod
    def of(
        cls,
        points: pd.DataFrame,
        aucs: pd.DataFrame,
        classifiers: Iterable[Mapping],
        published: Mapping[str, Published],
        published_events: str,
    ) -> "RocCurves":
        """Return the curves of `classifiers`, which are as of `leptonid.figures.lines.lines`.

        Raises
        ------
        InputError
            If there are no points or no AUC of a classifier.
        """
        own = lines(classifiers)
        aucs = aucs.set_index("classifier")
        for name in own:
            if name not in aucs.index or not (points["classifier"] == name).any():
                raise InputError(f"{name}: has no ROC curve or no AUC; evaluate it again")
        return cls(points, aucs, own, published, published_events)

    def of_classifier(self, name: str) -> pd.DataFrame:
        """Return the points of one classifier."""
        return self.points[self.points["classifier"] == name]


@plotting.style()
def roc_figure(curves: RocCurves, label: str) -> Figure:
    """Draw signal efficiency against background efficiency, with a close-up of the upper left corner."""
    figure = plotting.new_figure(PANEL_WIDTH, 5.6, label)
    axes = figure.add_subplot(box_aspect=1)
    # Below the diagonal, where no useful classifier is.
    closeup = axes.inset_axes((0.56, 0.1, 0.41, 0.37))
    for name, line in curves.lines.items():
        points = curves.of_classifier(name)
        low, high = _band(points["background_efficiency"], points["uncertainty"])
        for panel in (axes, closeup):
            _line(panel, points["background_efficiency"], points["signal_efficiency"], points, line)
            panel.fill_betweenx(points["signal_efficiency"], low, high, color=line.color, alpha=BAND, lw=0)
    axes.plot([0, 1], [0, 1], color=plotting.GREY, linewidth=0.8)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="Background efficiency", ylabel="Signal efficiency")
    closeup.set(xlim=(0, 0.2), ylim=(0.8, 1), xticks=[0, 0.1, 0.2], yticks=[0.8, 0.9, 1])
    closeup.tick_params(labelsize=10)
    axes.indicate_inset([0, 0.8, 0.2, 0.2], edgecolor=plotting.GREY, alpha=1)
    _auc_legend(figure, curves)
    return figure


@plotting.style()
def rejection_figure(curves: RocCurves, reference: str | None, label: str) -> Figure:
    """Draw background rejection, one over the background efficiency, against signal efficiency.

    A lower panel has the ratio to the `reference`, if there is one.
    """
    figure = plotting.new_figure(PANEL_WIDTH, 7.6 if reference else 5.6, label)
    if reference:
        axes, below = figure.subplots(2, sharex=True, height_ratios=(5, 3))
        for name, line in curves.lines.items():
            points = curves.of_classifier(name)
            _draw(below, points, points["ratio"], points["ratio_uncertainty"], line)
        below.set_ylabel(f"Ratio to {curves.lines[reference].title}")
        below.set_ylim(bottom=0)
    else:
        axes = below = figure.add_subplot()
    for name, line in curves.lines.items():
        points = curves.of_classifier(name)
        _draw(axes, points, 1 / points["background_efficiency"], points["uncertainty"], line)
    axes.set(ylabel="Background rejection (1 / efficiency)", yscale="log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(LogFormatter())
    axes.set_ylim(bottom=1)
    known = curves.points.loc[curves.points["background_efficiency"].notna(), "signal_efficiency"]
    first = np.floor(10 * known.min()) / 10 if len(known) else 0
    below.set(xlim=(first, 1), xlabel="Signal efficiency")
    figure.align_ylabels()
    _auc_legend(figure, curves)
    return figure


@plotting.style()
def precision_figure(curves: RocCurves, label: str) -> Figure:
    """Draw precision, the share of signal among what passes, against signal efficiency (recall)."""
    figure = plotting.new_figure(PANEL_WIDTH, 5.6, label)
    axes = figure.add_subplot()
    for name, line in curves.lines.items():
        points = curves.of_classifier(name)
        _line(axes, points["signal_efficiency"], points["precision"], points, line)
        low, high = (points["precision"] + sign * points["precision_uncertainty"] for sign in (-1, 1))
        axes.fill_between(points["signal_efficiency"], low, high, color=line.color, alpha=BAND, lw=0)
    share = curves.points["signal_share"].iloc[0]
    axes.axhline(share, color=plotting.GREY, linewidth=0.8)
    axes.set(xlim=(0, 1), xlabel="Signal efficiency (recall)", ylabel="Precision (share of signal)")
    axes.set_ylim(top=1.005)
    averages = curves.points.groupby("classifier")[["average_precision", "average_precision_uncertainty"]]
    numbers = averages.first().set_axis(["value", "uncertainty"], axis="columns")
    _legend(figure, curves, numbers, f"Average precision\n({share:.1%} signal in the test events)", {})
    return figure


def sampled_points(points: pd.DataFrame) -> pd.DataFrame:
    """Return the points at every hundredth of the signal efficiency, with `COLUMNS`, for printing."""
    hundredths = 100 * points["signal_efficiency"]
    return points[np.isclose(hundredths, hundredths.round())][list(COLUMNS)]


def _draw(axes: Axes, points: pd.DataFrame, values: pd.Series, uncertainty: pd.Series, line: Line) -> None:
    _line(axes, points["signal_efficiency"], values, points, line)
    band = _band(values, uncertainty)
    axes.fill_between(points["signal_efficiency"], *band, color=line.color, alpha=BAND, lw=0)


def _line(axes: Axes, x: pd.Series, y: pd.Series, points: pd.DataFrame, line: Line) -> None:
    """Draw a line, thin where no threshold lies between its points."""
    between = points["reached"] - points["signal_efficiency"] > BETWEEN_THRESHOLDS
    style = {"color": line.color, "linestyle": line.linestyle}
    axes.plot(x, y.mask(between), **style)
    if between.any():
        axes.plot(x, y.where(between), **{**style, "linewidth": THIN})


def _band(values: pd.Series, uncertainty: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the limits of a relative uncertainty, symmetric on a logarithmic axis."""
    return values * np.exp(-uncertainty), values * np.exp(uncertainty)


def _auc_legend(figure: Figure, curves: RocCurves) -> None:
    """Write the legend with AUCs, and published ones."""
    aucs = curves.aucs.loc[list(curves.lines)]
    title = f"AUC ({'weighted ' if aucs['weighted'].any() else ''}test events)"
    if set(curves.lines) & set(curves.published):
        title += f"\n[published, for the events of {plotting.plain(curves.published_events)}]"
    numbers = aucs[["auc", "auc_test"]].set_axis(["value", "uncertainty"], axis="columns")
    _legend(figure, curves, numbers, title, curves.published)


def _legend(
    figure: Figure, curves: RocCurves, numbers: pd.DataFrame, title: str, published: Mapping[str, Published]
) -> None:
    """Write the legend beside the axes, the largest number first, and widen the figure for it.

    `numbers` has `value` and `uncertainty` of each classifier.
    """
    numbers = numbers.loc[list(curves.lines)].sort_values("value", ascending=False, kind="stable")
    handles = []
    for row in numbers.itertuples():
        line = curves.lines[row.Index]
        text = f"{value(row.value, row.uncertainty, '.3f')}  {line.title}"
        if row.Index in published:
            text += f"  [{published[row.Index]}]"
        handles.append(Line2D([], [], color=line.color, linestyle=line.linestyle, label=text))
    several = (curves.aucs.loc[list(curves.lines), "seeds"] > 1).any()
    text = f"uncertainty: test events{' and seeds' if several else ''}"
    handles.append(Patch(color=plotting.BLACK, alpha=BAND, lw=0, label=text))
    legend = figure.legend(
        handles=handles,
        loc="outside right upper",
        title=title,
        alignment="left",
        handlelength=2.8,
    )
    figure.set_figwidth(PANEL_WIDTH + legend.get_window_extent().width / figure.dpi)
