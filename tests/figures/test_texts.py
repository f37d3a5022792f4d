"""Any text of a user is drawn and printed: half a formula, markup, control characters, very long ones."""

import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from matplotlib.figure import Figure

from figures.made_up import (
    GRAPHS,
    GRID,
    TITLES,
    entry,
    filters,
    histograms,
    maps,
    search_tables,
    write_history,
    write_search,
)
from leptonid import plotting
from leptonid.figures import auc_table, comparisons, metrics_table, search_table
from leptonid.figures.baselines import baseline_figure
from leptonid.figures.binned_auc import binned_auc_figure
from leptonid.figures.binned_points import binned_points_figure
from leptonid.figures.calibration import calibration_figure
from leptonid.figures.comparisons import ado_figure, comparison_figure
from leptonid.figures.confusion import confusion_figure
from leptonid.figures.filters import filters_figure
from leptonid.figures.gallery import gallery
from leptonid.figures.history import learning_figure
from leptonid.figures.images import Words, mean_figure, single_figure
from leptonid.figures.importance import importance_figure
from leptonid.figures.maps import MappedImage, maps_figure
from leptonid.figures.overtraining import overtraining_figure
from leptonid.figures.panels import note_figure
from leptonid.figures.published import Published
from leptonid.figures.roc import RocCurves, precision_figure, rejection_figure, roc_figure
from leptonid.figures.search import read_search
from leptonid.figures.search_correlations import correlations_figure
from leptonid.figures.search_distributions import distributions_figure
from leptonid.figures.search_passes import passes_figure
from leptonid.figures.tuning import tuning_figure
from leptonid.figures.variables import variables_figure
from leptonid.plotting import formula, plain
from leptonid.record.resources_figure import resources_figure
from leptonid.study.titles import printable
from leptonid.tables.sample import Sample, read_sample, write_sample

TEXTS = [
    pytest.param("$", id="dollar", marks=pytest.mark.slow),
    pytest.param(r"$\unit{\frac{$", id="formula", marks=pytest.mark.slow),
    pytest.param(
        "_50 % of {x}_y_ <b>&amp;</b> *#1* [a](b) ~ ^ | \\ \x00\x1b\n\t漢 \ud800 \uffff",
        id="markup",
    ),
    pytest.param("long $" * 1000, id="long", marks=pytest.mark.slow),
]
GRAPHS_BY_NAME = {str(graph): graph for graph in GRAPHS}


class Drawn:
    """Every figure of the workflow, with one text wherever a user can write one."""

    def __init__(self, text, tables, folder):
        self.text, self.tables, self.folder = text, tables, folder
        self.classes = {name: {"title": text, "short": text} for name in plotting.CLASSES}
        self.classifiers = [
            entry("images", text, inputs="images"),
            entry("shape", text, position=1),
            entry("shape_trees", text, "trees", "shape", position=1),
            entry("width", text, position=2),
        ]
        for made in self.classifiers:
            made["title"] = text

    def search(self, passes):
        titles = {**TITLES, "base": self.text, "black_box": self.text}
        titles["calorimeters"] = dict.fromkeys(TITLES["calorimeters"], self.text)
        path, _, drawings = write_search(self.folder, passes, stopped="the gain was < 0.1")
        return read_search(path, titles), drawings

    def variables(self):
        return [
            {"name": name, "title": self.text, "unit": unit, "log": False}
            for name, unit in (("width", "energy"), ("length", self.text), ("height", None))
        ]

    def baselines(self):
        return baseline_figure(self.tables["auc"], self.classifiers, self.text)

    def binned_auc(self):
        return binned_auc_figure(self.tables["auc_bins"], self.classifiers, self.text, self.text)

    def binned_points(self):
        return binned_points_figure(self.tables["working_points"], self.classifiers, self.text, self.text)

    def calibration(self):
        words = self.classifiers, self.classes, self.text
        return calibration_figure(self.tables["calibration"], self.tables["metrics"], *words)

    def comparisons(self):
        return comparison_figure(self.tables["comparisons"], self.classifiers, self.text)

    def ado(self):
        return ado_figure(self.tables["comparisons"], self.classifiers, self.text)

    def confusion(self):
        return confusion_figure(self.tables["confusion"], self.classifiers, self.classes, self.text)

    def learning(self):
        history = pd.read_csv(write_history(self.folder / "a.csv"))
        return learning_figure({"shape": [history]}, self.classifiers, self.text)

    def mean_images(self):
        row, column = np.indices(GRID.shape[:2]).reshape(2, -1)
        pixels = pd.DataFrame({"row": row, "column": column, "mean": 1.0, "events": 20})
        table = pd.concat([pixels.assign(**{"class": name}) for name in plotting.CLASSES])
        return mean_figure(table, GRID, Words(self.text, self.classes, self.text), self.text)

    def single_events(self):
        events = {name: ([3], np.ones((1, *GRID.shape[:2]))) for name in plotting.CLASSES}
        return single_figure(events, GRID, Words(self.text, self.classes, self.text), self.text)

    def importance(self):
        names = ["tower", "barrel/k_1_b_2", "barrel/2_1_0_k_1_b_0.5"]
        numbers = {"columns": 2, "auc": 0.9, "drop": 0.1, "uncertainty": 0.01}
        table = pd.DataFrame({"variable": names, **numbers})
        words = self.text, {"tower": self.text}, {"barrel": self.text}, self.text
        return importance_figure(table, *words)

    def maps(self):
        table = pa.Table.from_pandas(maps(), preserve_index=False)
        images = {"tower": MappedImage(GRID, self.text, self.text)}
        return maps_figure(table, images, self.text, self.classes, self.text)

    def filters(self):
        return filters_figure(filters(), {"tower": (GRID, self.text)}, self.text, self.text)

    def overtraining(self):
        tables = self.tables["overtraining"], self.tables["score_histograms"]
        return overtraining_figure(*tables, self.classifiers, self.classes, self.text)

    def curves(self):
        published = {"shape": Published(0.9, 0.01, self.text)}
        return RocCurves.of(self.tables["roc"], self.tables["auc"], self.classifiers, published, self.text)

    def roc(self):
        return roc_figure(self.curves(), self.text)

    def rejection(self):
        return rejection_figure(self.curves(), "shape", self.text)

    def precision(self):
        return precision_figure(self.curves(), self.text)

    def search_passes(self):
        return passes_figure(self.search(2)[0], GRAPHS_BY_NAME, self.text)

    def search_distributions(self):
        return distributions_figure(self.search(2)[0], search_tables(2)[0], self.classes, self.text)

    def search_correlations(self):
        table = search_tables(2)[1]
        words = self.variables(), self.classes, self.text
        return correlations_figure(self.search(2)[0], table, *words)

    def search_table(self):
        return search_table.table_figure(self.search(2)[0], GRAPHS_BY_NAME, self.text)

    def tuning(self):
        trials = pd.DataFrame(
            {"state": "complete", "auc": [0.8, 0.9], "auc_uncertainty": 0.1, "units": [1, 2]}
        )
        parameters = pd.DataFrame({"parameter": ["units"], "low": 1, "high": 2, "importance": np.nan})
        return tuning_figure(trials, parameters, self.text, self.text)

    def variables_of_the_layout(self):
        table = histograms(["width", "length", "height"])
        return variables_figure(table, self.variables(), self.classes, self.text, self.text)

    def note(self):
        return note_figure("There is nothing to draw.", self.text)

    def resources(self):
        rules = pd.DataFrame({"stage": ["efp"], "rule": ["a_b"], "jobs": 1, "core_s": 2.0, "cpu_s": 1.0})
        jobs = pd.DataFrame({"stage": ["efp"], "rule": ["a_b"], "peak_mb": 100.0, "mem_mb": 200.0})
        return resources_figure(rules, jobs, self.text)


FIGURES = [
    name for name, made in vars(Drawn).items()
    if callable(made) and name not in ("__init__", "search", "variables", "curves")
]  # fmt: skip


@pytest.fixture(params=TEXTS)
def drawn(request, tables, tmp_path):
    return Drawn(request.param, tables, tmp_path)


@pytest.mark.parametrize("name", FIGURES)
# Letters that the font lacks, and axes that a long title leaves no space for.
@pytest.mark.filterwarnings("ignore:Glyph", "ignore:.*constrained_layout not applied")
def test_every_figure_is_drawn_with_any_text(drawn, name):
    figure = getattr(drawn, name)()
    plotting.save(figure, [drawn.folder / "a.svg"])
    svg = ElementTree.parse(drawn.folder / "a.svg")
    shown = printable(drawn.text)[:40].rstrip()
    assert any(shown in "".join(text.itertext()) for text in svg.iter("{http://www.w3.org/2000/svg}text"))
    assert figure.get_figwidth() < 60


def texts_of(text):
    """Return what matplotlib draws of a text, with `$` around mathematics."""
    figure = Figure()
    with plotting.style():
        made = figure.text(0, 0, text)
        made.get_window_extent()
        drawn, mathematics = made._preprocess_math(made.get_text())
    return f"math:{drawn}" if mathematics else drawn


@pytest.mark.parametrize("text", ["$", r"\frac{", r"$\unit{GeV}$", "$a$", r"\$5 $a$ \\", "", "x_y <b>"])
def test_a_text_is_drawn_as_it_is(text):
    assert texts_of(plain(text)) == text


def test_formulas_of_the_layout_are_drawn_as_such_unless_matplotlib_cannot_parse_them():
    for text in (r"$R_\mathrm{had}$", r"Iso($\Delta R < 0.3$)", "plain", "", r"\$5"):
        assert formula(text) == text
        assert formula(formula(text)) == text
    assert texts_of(formula(r"$\alpha$")) == r"math:$\alpha$"
    for text in ("$", r"$\frac{", r"$\unit{GeV}$", "$a$ and $", "$" + "{" * 90 + "}" * 90 + "$"):
        assert texts_of(formula(text)) == text
        assert formula(plain(text)) == plain(text)


def test_half_formulas_beside_our_own_stay_texts():
    """Two single dollar signs must not enclose what stands between them."""
    assert texts_of(rf"{formula('a $')} $E_T$ {formula('b $')}") == r"math:a \$ $E_T$ b \$"


def test_a_long_label_stays_inside_the_figure():
    made = plotting.new_figure(6, 3, "long label " * 100)
    made.draw_without_rendering()
    (text,) = made.texts
    assert text.get_text().endswith("…")
    assert text.get_window_extent().x0 >= 0


def test_a_title_that_begins_with_an_underscore_stands_in_the_legend():
    axes = Figure().add_subplot()
    axes.plot([0, 1], label=plain("_mine"))
    assert len(axes.get_legend_handles_labels()[1]) == 1


def test_label_and_unit_of_the_sample_are_one_line_of_letters(tmp_path):
    write_sample(Sample("a\r\nb\x00\ud800", "G\teV"), tmp_path / "sample.json")
    assert read_sample(tmp_path / "sample.json") == Sample("a b\ufffd\ufffd", "G eV")


def printed(drawn):
    """Return all tables as Markdown and as LaTeX."""
    titles = {made["name"]: made["title"] for made in drawn.classifiers}
    published = {"shape": Published(0.9, 0.01, drawn.text)}
    aucs = auc_table.AucTable(drawn.tables["auc"], titles, drawn.text, published, drawn.text)
    search, drawings = drawn.search(2)
    folder = str(drawn.folder / "search")
    others = ((comparisons, drawn.tables["comparisons"]), (metrics_table, drawn.tables["metrics"]))
    for kind in ("markdown", "latex"):
        yield kind, getattr(auc_table, f"to_{kind}")(aucs)
        yield kind, getattr(search_table, f"to_{kind}")(search, drawings, folder, drawn.text)
        for module, table in others:
            yield kind, getattr(module, f"to_{kind}")(table, drawn.text)


# What must not stand in a table without a backslash before it.
ACTIVE = {
    "markdown": r"(?<!\\)(?:\\\\)*(?:\*|\$|<b>|</b>|&amp;|\[a\]\(b\))",
    "latex": r"(?<!\\)(?:\\\\)*(?:#|%|\|)|(?<!\$)<",
}


def test_every_printed_table_shows_any_text_as_it_is(drawn):
    for kind, text in printed(drawn):
        assert not re.search(ACTIVE[kind], text.replace(r"\\" + "\n", "\n"))
        assert "\x00" not in text
        text.encode()
        if kind == "latex":
            bare = re.sub(r"\\[\\{}$]", "", text)
            assert bare.count("{") == bare.count("}")
            assert bare.count("$") % 2 == 0
        else:
            rows = [line for line in text.splitlines() if line.startswith("| ")]
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


def test_the_gallery_shows_a_label_as_it_is():
    page = gallery([], "<b>&amp;</b>")
    assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in page
    assert "<b>" not in page
