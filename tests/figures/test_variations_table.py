"""The printed table of changed test events."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from leptonid.evaluate.frames import with_weighting
from leptonid.evaluate.variations import COLUMNS as EVALUATED
from leptonid.figures.tables import MISSING
from leptonid.figures.variations_table import COLUMNS, to_csv, to_latex, to_markdown

CHANGES = {"up": "energy of cells times 1.05", "thinned": "cells below 0.5 left out"}


@pytest.fixture
def table():
    numbers = {name: 0.5 for name, kind in EVALUATED.items() if kind is float}
    numbers |= {"auc": 0.97612, "auc_difference": -0.00341, "auc_difference_test": 0.00012}
    rows = [
        {**numbers, "classifier": name, "change": change, "unchanged": unchanged, "working_point": point}
        for name, unchanged in (("et", ""), ("all", "hl, mass"))
        for change in CHANGES
        for point in (0.8, 0.9)
    ]
    frame = pd.DataFrame(rows).assign(test_events=400, threshold=0.3)[list(EVALUATED)]
    return with_weighting(frame, np.arange(400) % 2, np.ones(400), "refuse")


def test_printed_tables_show_one_working_point_and_what_stays(table, label):
    markdown = to_markdown(table, CHANGES, label)
    lines = [line for line in markdown.splitlines() if line.startswith("| `")]
    assert len(lines) == 4
    assert lines[0].startswith("| `et` | up | 0.9761 | -0.00341(12) |")
    assert lines[0].endswith(f"| {MISSING} |")
    assert lines[2].endswith("| hl, mass |")
    assert "thinned: cells below 0.5 left out" in markdown
    assert label in markdown
    latex = to_latex(table, CHANGES, label)
    assert latex.count(r"\begin{tabular}") == 2
    assert latex.isascii()


def test_csv_has_every_working_point_and_what_changed(table, label):
    lines = list(csv.DictReader(io.StringIO(to_csv(table, CHANGES, label))))
    assert len(lines) == len(table)
    assert lines[0]["of_cells"] == CHANGES["up"]
    assert lines[0]["sample"] == label
    assert float(lines[0]["auc_difference"]) == -0.00341
    assert set(COLUMNS) == set(table)
