"""Tables of text cells, and numbers in them."""

import numpy as np
import pandas as pd
import pytest

from leptonid.figures import tables

NAN = float("nan")


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0.94531, 0.00123, 0.0008), "0.9453(12)(8)"),
        ((0.94531, 0.00123, NAN), "0.9453(12)"),
        ((152.31, 13.2), "152(13)"),
        ((17.71, 1.7, 0.97), "17.7(1.7)(1.0)"),
        ((15.2, NAN, 0.4), "15.20(40)"),
        ((0.94531,), "0.9453"),
        ((1.0, 0.0), "1"),
        ((NAN, 0.1), "\N{EN DASH}"),
    ],
)
def test_uncertainties_stand_in_brackets_behind_two_of_their_digits(numbers, text):
    assert tables.compact(*numbers) == text


def test_a_wide_latex_table_goes_on_below():
    rows = [[f"row_{i}", *(f"{i}{j}" for j in range(5))] for i in range(2)]
    text = tables.latex_table(["Name", *"abcde"], rows, "x < 1", width=3)
    parts = text.split(r"\begin{tabular}")[1:]
    assert [part.split("}")[0] for part in parts] == ["{llll", "{lll"]
    assert r"\texttt{row\_1} & 10 & 11 & 12 \\" in parts[0]
    assert r"\texttt{row\_1} & 13 & 14 \\" in parts[1]
    assert r"\caption{x $<$ 1}" in text
    assert text.count("{") == text.count("}")


def test_a_long_latex_table_repeats_its_head_on_every_page():
    rows = [[f"r{i}", str(i)] for i in range(100)]
    text = tables.long_latex_table(["Name", "a"], rows, "all")
    assert r"\usepackage{booktabs,longtable}" in text
    assert text.index("Name & a") < text.index(r"\endhead") < text.index(r"\texttt{r0}")
    assert text.count(r"\\") == 102
    assert text.count("{") == text.count("}")


def test_a_csv_has_six_digits_and_nothing_for_what_is_not_known():
    table = pd.DataFrame({"features": ["a", "b,c"], "p": [1 / 3e20, np.nan], "count": [3, 4]})
    assert tables.frame_csv(table) == 'features,p,count\na,3.33333e-21,3\n"b,c",,4\n'
