"""The figure of resources: core time of rules, and memory that their jobs used and requested."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

from leptonid import plotting
from leptonid.record.resources import duration

RULE_COLUMNS = {"stage": str, "rule": str, "jobs": int, "core_s": float, "cpu_s": float}
JOB_COLUMNS = {"stage": str, "rule": str, "peak_mb": float, "mem_mb": float}
MOST_BARS = 12

STAGES = {
    "data": plotting.SKY,
    "efp": plotting.GREEN,
    "train": plotting.BLUE,
    "search": plotting.ORANGE,
    "evaluate": plotting.VERMILLION,
    "figures": plotting.PURPLE,
}
UNITS = {"h": 3600, "min": 60, "s": 1}
SCALE_GB = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)


@plotting.style()
def resources_figure(rules: pd.DataFrame, jobs: pd.DataFrame, label: str) -> Figure:
    """Draw core time and memory of the `MOST_BARS` rules with the most core time.

    Parameters
    ----------
    rules
        `RULE_COLUMNS`, in the order of falling core time.
    jobs
        `JOB_COLUMNS`, NaN for unknown peaks and requests.
    label
        The label of the sample.
    """
    shown = rules.head(MOST_BARS)
    figure = plotting.new_figure(11.5, 0.36 * len(shown) + 2.1, label)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1.5, 1])
    _draw_time(left, shown, rules)
    _draw_memory(right, shown, jobs)
    for axes in (left, right):
        axes.tick_params(axis="y", which="both", left=False, right=False)
    left.set_yticks(range(len(shown)), [f"{row.rule} ({row.jobs})" for row in shown.itertuples()])
    left.set_ylim(len(shown) - 0.4, -0.6)
    stages = [stage for stage in STAGES if stage in set(shown["stage"])]
    handles = [Patch(color=STAGES[stage], label=stage) for stage in stages]
    handles += [
        Patch(color=plotting.GREY, alpha=0.35, label="waiting"),
        Line2D([], [], marker="o", linestyle="", color=plotting.GREY, alpha=0.7, label="peak of a job"),
        Line2D([], [], marker="|", markersize=13, markeredgewidth=2, linestyle="", color=plotting.BLACK,
               label="request"),
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), columnspacing=1.2,
                  handletextpad=0.5, handlelength=1.4)  # fmt: skip
    return figure


def _draw_time(axes: Axes, shown: pd.DataFrame, rules: pd.DataFrame) -> None:
    """Draw the core time of rules, its CPU time in full colour."""
    unit, size = next(
        (unit, size) for unit, size in UNITS.items() if shown["core_s"].max() >= size or size == 1
    )
    total = rules["core_s"].sum()
    for place, row in enumerate(shown.itertuples()):
        color = STAGES.get(row.stage, plotting.GREY)
        axes.barh(place, row.core_s / size, color=color, alpha=0.35)
        axes.barh(place, min(row.cpu_s, row.core_s) / size, color=color)
        axes.text(row.core_s / size, place, f" {share(row.core_s / total)}", va="center", fontsize=10)
    axes.set_xlim(0, 1.1 * shown["core_s"].max() / size)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set_xlabel(f"Core time [{unit}]")
    rest = rules.iloc[len(shown) :]
    note = f"All jobs: {duration(total)}"
    if len(rest):
        note += f"\n{len(rest)} more rules: {duration(rest['core_s'].sum())}"
    axes.text(0.97, 0.05, note, transform=axes.transAxes, ha="right", va="bottom", color=plotting.GREY)


def share(part: float) -> str:
    """Return a share in percent."""
    return "<1%" if part < 0.01 else f"{part:.0%}"


def _draw_memory(axes: Axes, shown: pd.DataFrame, jobs: pd.DataFrame) -> None:
    """Draw the peak memory and the requests of all jobs of these rules."""
    for place, row in enumerate(shown.itertuples()):
        own = jobs[(jobs["stage"] == row.stage) & (jobs["rule"] == row.rule)]
        color = STAGES.get(row.stage, plotting.GREY)
        axes.plot(own["peak_mb"] / 1e3, [place] * len(own), "o", color=color, alpha=0.7, markersize=6)
        requests = own["mem_mb"].dropna().unique() / 1e3
        axes.plot(
            requests, [place] * len(requests), "|", color=plotting.BLACK, markersize=13, markeredgewidth=2
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(SCALE_GB))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("Memory [GB]")
