"""The result of a study in a few sentences, as Markdown and as the first page of the report."""

import base64
import io
import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from PIL import Image

from leptonid.figures.search import ChosenObservable, ChosenVariable, Search
from leptonid.figures.search_table import PIXELS, drawing_of, linked_drawing
from leptonid.figures.tables import markdown, value
from leptonid.figures.weighting import weighting_note
from leptonid.study.titles import printable

# A difference or a share counts if it is larger than this, in units of its uncertainty.
SIGNIFICANT = 2

# What starts markup in reStructuredText, and what Snakemake would evaluate.
RST_MARKUP = re.compile(r"[\\*`|_]")
BRACES = re.compile(r"[{}]")

# Letters in a line of an image inside the text.
DATA_LETTERS = 100


@dataclass(frozen=True)
class Line:
    """A term, sentences on it, and the observables that they are about, in order."""

    term: str
    text: str
    observables: Sequence[ChosenObservable | ChosenVariable] = ()


@dataclass(frozen=True)
class Summary:
    """What a study asked, the answer, and the numbers that it is based on."""

    question: str
    answer: str
    lines: Sequence[Line]


def summarize(
    aucs: pd.DataFrame,
    comparisons: pd.DataFrame,
    titles: Mapping[str, str],
    reference: str | None,
    searches: Sequence[Search],
    classes: Mapping[str, Mapping],
    label: str,
) -> Summary:
    """Return the summary of a study.

    Parameters
    ----------
    aucs, comparisons
        Tables with the columns of `leptonid.figures.auc_table` and `leptonid.figures.comparisons`, best
        classifier first.
    titles
        Titles of the classifiers by name.
    reference
        The classifier that the best one is compared with; None: no comparison.
    searches
        In the order of the config; the answer is about the first with a gap to close.
    classes
        `title` of `signal` and `background`.
    label
        Label of the sample.
    """
    best, rows = aucs.iloc[0], aucs.set_index("classifier")
    lines = [
        Line("Events", f"{best['test_events']:,} test events of {label}. {weighting_note(aucs)}".strip()),
        Line("Best classifier", f"{_classifier(best['classifier'], rows, titles)}."),
    ]
    answer = [f"The best classifier is {titles[best['classifier']]}."]
    if reference not in (None, best["classifier"]):
        difference, uncertainty = _difference(comparisons, best["classifier"], reference)
        lines.append(
            Line(
                "Reference",
                f"{_classifier(reference, rows, titles)}: lower by {value(difference, uncertainty)} on the "
                "same events.",
            )
        )
        answer = [_better(titles[best["classifier"]], titles[reference], difference, uncertainty)]
    lines += [_search_line(search) for search in searches]
    answer += [text for search in searches if (text := _explained(search))][:1]
    question = "What separates {signal[title]} from {background[title]}?".format(**classes)
    return Summary(printable(question), " ".join(answer), lines)


def _classifier(name: str, rows: pd.DataFrame, titles: Mapping[str, str]) -> str:
    row = rows.loc[name]
    mean = f", mean of {row['seeds']} trainings" if row["seeds"] > 1 else ""
    return f"{titles[name]} ({name}), AUC {value(row['auc'], row['auc_test'])}{mean}"


def _difference(comparisons: pd.DataFrame, best: str, other: str) -> tuple[float, float]:
    """Return the difference of two AUCs and its uncertainty, of test events and, where known, trainings."""
    row = comparisons.set_index(["first", "second"]).loc[(best, other)]
    uncertainties = row[["uncertainty_test", "uncertainty_seeds"]].astype(float).fillna(0)
    return row["difference"], math.hypot(*uncertainties)


def _better(best: str, other: str, difference: float, uncertainty: float) -> str:
    if difference > SIGNIFICANT * uncertainty:
        sigmas = f"{difference / uncertainty:.0f} standard deviations"
        return f"The best classifier, {best}, is better than {other} by {sigmas}."
    return f"No classifier is significantly better than {other}."


def _search_line(search: Search) -> Line:
    """Return where a search started, what it was to reach, and how far it came with which observables."""
    goal = f"{search.black_box_title} (AUC {value(search.auc_black_box, search.auc_black_box_uncertainty)})"
    start = f"{search.base_title} (AUC {_auc(search, 0)})" if search.has_base else search.base_title
    way = f"from {start} towards {goal}"
    if not search.chosen:
        return Line(f"Search {search.name}", f"{way}: no observable was chosen.")
    shown = search.shown
    text = f"{way}: {_count(shown)}, AUC {_auc(search, len(shown))}" if shown else way
    if share := _share(search):
        text += f", {_percent(*share)} of the gap"
    return Line(f"Search {search.name}", f"{text}. {search.sufficiency}".strip(), shown)


def _explained(search: Search) -> str:
    """Return what a search says of a gap, nothing where there is no gap or nothing chosen."""
    if not (share := _share(search)):
        return ""
    closed, uncertainty = share
    gap = f"Of the gap between {search.base_title} and {search.black_box_title}"
    if closed < SIGNIFICANT * uncertainty:
        return f"{gap}, the search {search.name} closes no significant part."
    shown = search.shown
    names = ", ".join(chosen.words for chosen in shown)
    rest = (
        "which is all of it within the uncertainty"
        if 1 - closed < SIGNIFICANT * uncertainty
        else "and the search did not find the rest"
    )
    return f"{gap}, {_count(shown)} close{'s' * (len(shown) == 1)} {_percent(*share)}, {rest}: {names}."


def _share(search: Search) -> tuple[float, float] | None:
    """Return which share of the gap the shown observables close, and its uncertainty; None if unknown."""
    if not search.shown:
        return None
    row = _pass(search, len(search.shown))
    return None if math.isnan(row["gap_closed"]) else (row["gap_closed"], row["gap_closed_uncertainty"])


def _auc(search: Search, number: int) -> str:
    row = _pass(search, number)
    return value(row["auc"], row["auc_uncertainty"])


def _pass(search: Search, number: int) -> pd.Series:
    return search.passes.set_index("pass").loc[number]


def _count(observables: Sequence) -> str:
    return f"{len(observables)} observable{'s' * (len(observables) > 1)}"


def _percent(share: float, uncertainty: float) -> str:
    return f"{100 * share:.0f} ± {100 * uncertainty:.0f} %"


def to_markdown(summary: Summary, drawings: str, path: str) -> str:
    """Return a summary as Markdown; parameters and errors are those of `search_table.to_markdown`."""
    text = [f"# {markdown(summary.question)}", "", markdown(summary.answer), ""]
    for line in summary.lines:
        text.append(f"- **{markdown(line.term)}**: {markdown(line.text)}")
        text += [
            f"    {number}. {linked_drawing(drawings, chosen, path)} {markdown(chosen.words)}"
            if chosen.observable
            else f"    {number}. {markdown(chosen.words)}"
            for number, chosen in enumerate(line.observables, 1)
        ]
    return "\n".join([*text, ""])


def to_rst(summary: Summary, drawings: str) -> str:
    """Return a summary as the reStructuredText of a report, which holds the drawings of graphs itself.

    Raises
    ------
    InputError
        If a drawing is missing in the folder `drawings`.
    """
    text = [rst(summary.question), "=" * len(rst(summary.question)), "", rst(summary.answer), ""]
    graphs = {}
    for line in summary.lines:
        text += [f"- **{rst(line.term)}**: {rst(line.text)}", ""]
        for number, chosen in enumerate(line.observables, 1):
            drawing = ""
            if chosen.observable:
                graphs[chosen.graph] = drawing_of(drawings, chosen, ".png")
                drawing = f"|{chosen.graph}| "
            text.append(f"  {number}. {drawing}{rst(chosen.words)}")
        text += [""] * bool(line.observables)
    for name, path in graphs.items():
        # In lines, as docutils refuses long ones, and puts them together again.
        data = textwrap.wrap(base64.b64encode(_pixels(path)).decode(), DATA_LETTERS)
        text += [f".. |{name}| image:: data:image/png;base64,", *(f"     {line}" for line in data)]
        text += [f"   :height: {PIXELS}px", f"   :alt: graph {name}", ""]
    return "\n".join(text)


def _pixels(path: Path) -> bytes:
    """Return a PNG without the identifier of its study, which would be in the text of the report."""
    png = io.BytesIO()
    Image.open(path).save(png, "PNG")
    return png.getvalue()


def rst(text: str) -> str:
    """Return text that a report, whose texts are templates, shows as it is."""
    return BRACES.sub(r"{{ '\g<0>' }}", RST_MARKUP.sub(r"\\\g<0>", printable(text)))
